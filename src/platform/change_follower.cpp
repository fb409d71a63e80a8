#include "platform/change_follower.hpp"

#include <set>

#include "base/log.hpp"

namespace chengge::platform {

using namespace std::chrono_literals;

namespace {

constexpr int page = 2000;

} // namespace

ChangeFollower::ChangeFollower(Installation& city, storage::FeedFollower& follower)
    : city_(city), follower_(follower), at_(follower.position()), thread_([this](std::stop_token stop) { follow(stop); }) {}

void ChangeFollower::follow(std::stop_token stop) {
    while (!stop.stop_requested()) {
        if (!follower_.wait_past(at_, 1s, stop)) continue;
        try {
            const auto entries = city_.database->read([&](storage::Transaction& transaction) { return storage::read_feed(transaction, at_, page); });
            std::set<std::string> kinds;
            for (const auto& entry : entries) kinds.insert(entry.kind);
            // The directory is the streams' to follow, who must know it before they tell the next.
            if (kinds.contains("grid")) city_.grid->reload();
            if (kinds.contains("grid") || kinds.contains("responsibility")) city_.responsibility->reload();
            if (kinds.contains("registry")) city_.registry->reload();
            if (kinds.contains("grid"))
                if (const auto taken = city_.registry->take_over(); !taken) log_warning("the registry could not take over what the grid has", {{"code", taken.error().code}});
            if (kinds.contains("decision")) city_.cases->decisions().reload();
            if (kinds.contains("grid") || kinds.contains("responsibility")) log_info("the city's master data were read again");
            if (!entries.empty()) at_ = entries.back().position;
        } catch (const std::exception& error) {
            log_warning("changed master data could not be read", {{"what", error.what()}});
            std::this_thread::sleep_for(1s);
        }
    }
}

} // namespace chengge::platform
