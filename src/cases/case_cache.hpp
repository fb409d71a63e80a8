// Cases that somebody has just looked at or acted on, as they were then. What is in here may be old: who acts on it
// claims its version in the database, which says whether it still is so; who shows it asks for the version first.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "cases/case_store.hpp"
#include "media/media_service.hpp"

namespace chengge::cases {

// A case with its history as of one version; no plain contact is kept.
struct KnownCase {
    StoredCase stored;
    std::vector<StoredStep> steps;
    std::vector<CaseMediaRow> media_rows;
    std::vector<media::Media> media;
    bool has_contact = false;
    bool has_followers = false; // others are merged into it
};

class CaseCache {
public:
    explicit CaseCache(std::size_t cases_max) : cases_max_(cases_max) {}
    std::shared_ptr<const KnownCase> find(const Uuid& id);
    void put(std::shared_ptr<const KnownCase> known);
    void forget(const Uuid& id);

private:
    using Order = std::list<std::shared_ptr<const KnownCase>>; // the last used in front
    std::size_t cases_max_;
    std::mutex mutex_;
    Order order_;
    std::unordered_map<std::string, Order::iterator> by_id_;
};

} // namespace chengge::cases
