// What the sources of this module share; nothing outside includes it.
#pragma once

#include <mutex>
#include <thread>

#include "base/time.hpp"
#include "hotline/class_model.hpp"
#include "hotline/hotline_service.hpp"
#include "hotline/likeness.hpp"

namespace chengge::hotline {

struct HotlineService::State {
    explicit State(HotlineParts given) : parts(std::move(given)) {}
    HotlineParts parts;
    std::mutex model_mutex; // guards `model`
    std::shared_ptr<const ClassModel> model;
    std::jthread follower;

    std::shared_ptr<const ClassModel> current_model() {
        const std::lock_guard lock(model_mutex);
        return model;
    }
    std::string person_name(const Uuid& id) const {
        const auto* person = parts.identity.directory()->find_person(id);
        return person == nullptr ? "" : person->name;
    }
    std::string label(std::string_view list, std::string_view code, const std::string& language) const {
        const auto* found = parts.data->find_label(list, code);
        return found == nullptr ? std::string(code) : language == "en" ? found->en : found->zh;
    }
};

inline storage::Blob blob_of(const Uuid& id) { return {id.raw()}; }
inline json::value maybe_instant(const std::optional<std::int64_t>& at) { return at ? json::value(format_rfc3339(*at)) : json::value(nullptr); }
inline json::value maybe_text(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

// A case's key and stage, when the viewer may see it.
struct FoundCase {
    std::int64_t key = 0;
    Uuid id;
    std::string stage;
};
Result<FoundCase> find_case(const HotlineParts& parts, const std::string& reference, const identity::Viewer& viewer);

// Rounds of the job; true when there may be more to do.
bool follow_feed(const HotlineParts& parts);
bool continue_handovers(const HotlineParts& parts);
// What the job writes, looked for outside the write: that would hold every writer up.
struct FoundWork {
    std::vector<storage::Params> call_backs, links, addresses; // of insert_call_back, insert_link, insert_case_address
};
// Call-backs after a closing: who asked, outside orders, the sample; of the merged cases too.
void find_call_backs(const HotlineParts& parts, storage::Transaction& transaction, std::int64_t case_key, std::int64_t closing, FoundWork& work);
// Which standard address a reported case's words mean.
void find_address(const HotlineParts& parts, storage::Transaction& transaction, std::int64_t case_key, FoundWork& work);
// Links a case to earlier ones of its class in its place.
void find_repeats(const HotlineParts& parts, storage::Transaction& transaction, std::int64_t case_key, FoundWork& work);

} // namespace chengge::hotline
