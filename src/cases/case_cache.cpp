#include "cases/case_cache.hpp"

namespace chengge::cases {

std::shared_ptr<const KnownCase> CaseCache::find(const Uuid& id) {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(id.raw());
    if (found == by_id_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return *found->second;
}

void CaseCache::put(std::shared_ptr<const KnownCase> known) {
    const auto id = known->stored.c.id.raw();
    const std::lock_guard lock(mutex_);
    if (const auto found = by_id_.find(id); found != by_id_.end()) {
        // Two at once: the newer version stays.
        if ((*found->second)->stored.c.version <= known->stored.c.version) *found->second = std::move(known);
        order_.splice(order_.begin(), order_, found->second);
        return;
    }
    order_.push_front(std::move(known));
    by_id_.emplace(id, order_.begin());
    if (order_.size() <= cases_max_) return;
    by_id_.erase(order_.back()->stored.c.id.raw());
    order_.pop_back();
}

void CaseCache::forget(const Uuid& id) {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(id.raw());
    if (found == by_id_.end()) return;
    order_.erase(found->second);
    by_id_.erase(found);
}

} // namespace chengge::cases
