#include "demo/history.hpp"

#include <algorithm>
#include <mutex>

#include "base/ahead.hpp"
#include "base/assert.hpp"
#include "base/digest.hpp"
#include "demo/disputes.hpp"
#include "demo/photos.hpp"

namespace chengge::demo {

namespace {

// When cases are reported: a rate for each hour, so that nights, weekends and holidays are quiet.
std::vector<std::int64_t> draw_arrivals(const HistoryOptions& options,
                                        const rules::Calendar& calendar) {
    Random random(options.seed ^ 0x6172726976616c);
    const auto first = options.now_ms - options.months * 30 * day_ms;
    std::vector<std::pair<std::int64_t, double>> hours;
    double total = 0;
    for (auto at = first; at < options.now_ms; at += hour_ms) {
        const auto date = city_date(at);
        const auto hour = static_cast<int>((at - city_midnight_ms(date)) / hour_ms);
        const double share = mix::share_of_hour(hour) * mix::share_of_day(calendar.is_workday(date));
        hours.emplace_back(at, share);
        total += share;
    }
    std::vector<std::int64_t> arrivals;
    double owed = 0;
    for (const auto& [at, share] : hours) {
        owed +=
            share / total * options.months * options.cases_per_month * (0.85 + 0.3 * random.unit());
        for (; owed >= 1; owed -= 1) {
            const auto reported = at + random.between(0, hour_ms - 1);
            if (reported < options.now_ms) arrivals.push_back(reported);
        }
    }
    std::ranges::sort(arrivals);
    return arrivals;
}

// A case to be told: its number is its seed's, whatever else comes between.
struct Told {
    std::int64_t reported_ms = 0;
    std::uint64_t number = 0;
    const StoryPlan* plan = nullptr;
};

// What chance brings, and the disputes, by the time of report.
std::vector<Told> plan_history(const std::vector<std::int64_t>& arrivals, const std::vector<PlannedDispute>& disputes) {
    std::vector<Told> all;
    for (const auto at : arrivals) all.push_back({at, all.size()});
    for (const auto& one : disputes) all.push_back({one.reported_ms, all.size(), &one.plan});
    std::ranges::stable_sort(all, {}, &Told::reported_ms);
    return all;
}

Batch make_batch(const StoryWorld& world, std::uint64_t seed, const std::vector<Told>& told, std::size_t from, std::size_t to) {
    std::vector<cases::NewCaseRow> rows;
    rows.reserve(to - from);
    for (auto i = from; i < to; ++i) {
        CaseStory story(world, seed * 0x9E3779B97F4A7C15ull + told[i].number, told[i].reported_ms, told[i].plan);
        auto row = story.run();
        if (!row) return tl::unexpected(std::move(row.error()));
        rows.push_back(std::move(*row));
    }
    return rows;
}

} // namespace

Result<PhotoShelf> store_photos(media::MediaService& media, std::uint64_t seed, int threads) {
    PhotoShelf shelf;
    for (const auto& plan : list_photos()) {
        auto& pairs = shelf[plan.scene];
        pairs.resize(std::max(pairs.size(), static_cast<std::size_t>(plan.variant) + 1));
    }
    std::mutex mutex; // of shelf and failure
    std::optional<Error> failure;
    render_photos(seed, threads, [&](Photo&& photo) {
        // The id follows from the picture, so that the same seed gives the same city.
        auto id = uuid_from_raw(sm3(photo.plan.scene + std::to_string(photo.plan.variant) +
                                    (photo.is_after ? "b" : "a") + std::to_string(seed))
                                    .substr(0, 16));
        id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);
        id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
        const auto stored = media.add({.id = id,
                                       .bytes = std::move(photo.jpeg),
                                       .owner_person_key = 0,
                                       .is_simulated = true});
        const std::lock_guard lock(mutex);
        if (!stored) {
            failure = stored.error();
            return;
        }
        auto& pair = shelf[photo.plan.scene].at(static_cast<std::size_t>(photo.plan.variant));
        auto& place = photo.is_after ? pair.after : pair.before;
        place.id = stored->id;
        place.sm3_hex = to_hex(stored->sm3);
    });
    if (failure) return tl::unexpected(std::move(*failure));
    return shelf;
}

Result<std::int64_t> add_in_batches(cases::CaseService& cases, std::size_t count, int threads, const std::function<Batch(std::size_t, std::size_t)>& make,
                                    const std::function<void(std::int64_t)>& tell) {
    constexpr std::size_t batch_size = 400;
    Ahead<Batch> ahead(static_cast<std::size_t>(std::max(threads, 1)), [&](std::size_t number) -> std::optional<Batch> {
        const auto from = number * batch_size;
        if (from >= count) return std::nullopt;
        return make(from, std::min(count, from + batch_size));
    });
    std::int64_t made = 0;
    while (auto batch = ahead.next()) {
        if (!*batch) return tl::unexpected(std::move(batch->error()));
        made += static_cast<std::int64_t>((*batch)->size());
        TRY(cases.add_histories(std::move(**batch), made == static_cast<std::int64_t>(count)));
        if (tell) tell(made);
    }
    return made;
}

Result<std::int64_t> add_history(const HistoryParts& parts, const HistoryOptions& options,
                                 const std::function<void(std::int64_t)>& tell) {
    const auto cast = make_cast(parts.identity);
    const StoryWorld world{parts.city,   parts.rules, parts.cases,
                           parts.photos, cast,        options.now_ms, parts.assets};
    const auto disputes = plan_disputes(parts.city, parts.rules.calendar, options.seed, options.now_ms);
    const auto told = plan_history(draw_arrivals(options, parts.rules.calendar), disputes);
    return add_in_batches(parts.cases, told.size(), options.threads, [&](std::size_t from, std::size_t to) { return make_batch(world, options.seed, told, from, to); }, tell);
}

json::object make_play(const City& city, const PhotoShelf& photos) {
    // A cell of 南桥街道 near a main street.
    std::size_t best = 0;
    for (std::size_t i = 0; i < city.cells.size(); ++i) {
        if (!city.cells[i].code.starts_with("440802007")) continue;
        best = i;
        if (!city.streets[i].cross_street.empty() && city.streets[i].street.ends_with("路")) break;
    }
    const auto centre = geo::centroid(city.cells[best].outline);
    const auto& corner = city.cells[best].outline.rings[0][0];
    const auto& pair = photos.at("storm_grate").front();
    return {{"lon", centre.lon + 0.7 * (corner.lon - centre.lon)},
            {"lat", centre.lat + 0.7 * (corner.lat - centre.lat)},
            {"address", city.streets[best].street + "公交站旁"},
            {"description",
             "公交站前机动车道边一块雨水箅子缺失，洞口约 40×60 厘米，有人插了树枝示意。"},
            {"kind", "component"},
            {"class_code", "01004"},
            {"before_photo", format_uuid(pair.before.id)},
            {"after_photo", format_uuid(pair.after.id)},
            {"check_photo", format_uuid(pair.after.id)},
            {"logins", json::object{{"collector", "collector-001"},
                                    {"intake_operator", "operator"},
                                    {"shift_leader", "leader"},
                                    {"dispatcher", "dispatcher"},
                                    {"district_dispatcher", "dispatcher-440802"},
                                    {"department_manager", "municipal-440802"},
                                    {"handler", "municipal-440802-crew-2-handler-1"},
                                    {"inspector", "inspector"}}}};
}

} // namespace chengge::demo
