// Months of cases for the model city, made by the same rules through the same service, and the
// material for playing one.
#pragma once

#include <functional>

#include "demo/case_story.hpp"

namespace chengge::demo {

struct HistoryOptions {
    std::uint64_t seed = 1;
    std::int64_t now_ms = 0;
    int months = 3;
    int cases_per_month = 13'600; // the model city's dispatched cases of 2023-02
    int threads = 2;
};

struct HistoryParts {
    const City& city;
    const rules::Rules& rules;
    identity::IdentityService& identity;
    cases::CaseService& cases;
    const PhotoShelf& photos;
    const AssetShelf* assets = nullptr; // components that cases are about; none: cases name no component
};

// Cases of a range of what is planned, in order of report.
using Batch = Result<std::vector<cases::NewCaseRow>>;
// Makes `count` planned cases in batches, some ahead by threads, and stores them in their order; returns how many.
Result<std::int64_t> add_in_batches(cases::CaseService& cases, std::size_t count, int threads, const std::function<Batch(std::size_t from, std::size_t to)>& make,
                                    const std::function<void(std::int64_t)>& tell);

// Renders the demo's pictures and stores them, marked as simulated and owned by nobody.
Result<PhotoShelf> store_photos(media::MediaService& media, std::uint64_t seed, int threads);

// Adds the history in order of report; returns how many cases it made. The same seed and now give
// the same cases. `tell` hears now and then how many there are.
Result<std::int64_t> add_history(const HistoryParts& parts, const HistoryOptions& options,
                                 const std::function<void(std::int64_t)>& tell = {});

// The "play a case" card of /api/v1/demo: a missing storm grate and who plays which post.
json::object make_play(const City& city, const PhotoShelf& photos);

} // namespace chengge::demo
