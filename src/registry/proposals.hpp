// 部件在线更新: what the street says is missing, moved, new or wrong; reviewed, merged or refused. Private to this module.
#pragma once

#include "registry/registry_state.hpp"

namespace chengge::registry {

struct ProposalFilter {
    std::string layer, kind, state, feature_id, district;
    bool is_mine = false;
    std::string cursor;
    int limit = 50;
};

class Proposals {
public:
    Proposals(RegistryService& service, RegistryService::State& state) : service_(service), state_(state) {}

    // The same id and body again is the same proposal. Refusals: layer_unknown, feature_unknown, media_unknown,
    // proposal_id_taken, bad_feature (a new one that could not be taken as it is, but for what is filled in).
    Result<json::object> add(const NewProposal& proposal, const identity::Viewer& viewer, const std::string& language);
    // Merged as it stands, or as `edited` says, as a version of kind proposal, its photographs the feature's; refused with words. Refusals:
    // proposal_unknown, proposal_decided, needs_reasons, and those of RegistryService::change.
    Result<json::object> decide(const Uuid& id, bool agrees, const std::string& words, const std::optional<json::value>& edited, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> find(const Uuid& id, const identity::Viewer& viewer, const std::string& language) const;
    Result<json::object> list(const ProposalFilter& filter, const identity::Viewer& viewer, const std::string& language) const;

private:
    json::object to_json(const storage::Rows::Row& row, const identity::Viewer& viewer, const std::string& language) const;
    std::string feature_of(const storage::Rows::Row& row, std::int64_t version) const;
    Result<Change> merged(const storage::Rows::Row& row, const std::optional<json::value>& edited) const;
    RegistryService& service_;
    RegistryService::State& state_;
};

} // namespace chengge::registry
