#include "demo/month.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <future>
#include <stdexcept>

#include "base/assert.hpp"

namespace chengge::demo {

namespace {

using Fate = StoryPlan::Fate;

struct Planned {
    StoryPlan plan;
    std::int64_t reported_ms = 0;
    const rules::FilingRow* strictest = nullptr; // of the class: the longest limit
};

struct Builder {
    const HistoryParts& parts;
    const MonthOptions& options;
    Random random;
    std::vector<Planned> planned = {};
};

// `count` instants in the span, as busy as hours and days are.
std::vector<std::int64_t> draw_instants(Random& random, const rules::Calendar& calendar, std::int64_t from_ms, std::int64_t to_ms, int count) {
    std::vector<std::pair<std::int64_t, double>> hours;
    double total = 0;
    for (auto at = from_ms; at + hour_ms <= to_ms; at += hour_ms) {
        const auto date = city_date(at);
        const auto hour = static_cast<int>((at - city_midnight_ms(date)) / hour_ms);
        total += mix::share_of_hour(hour) * mix::share_of_day(calendar.is_workday(date));
        hours.emplace_back(at, total);
    }
    std::vector<std::int64_t> instants;
    for (int i = 0; i < count; ++i) {
        const auto place = random.unit() * total;
        const auto hour = std::lower_bound(hours.begin(), hours.end(), place, [](const auto& one, double value) { return one.second < value; });
        instants.push_back((hour == hours.end() ? hours.back().first : hour->first) + random.between(0, hour_ms - 1));
    }
    std::ranges::sort(instants);
    return instants;
}

struct Class {
    std::string kind, code;
};

using Fits = std::function<bool(const mix::ClassShare&)>;

// So many of each class as its share says, the largest remainders rounded up.
void deal(std::vector<Class>& classes, int count, const Fits& fits) {
    struct Part {
        Class what;
        int whole = 0;
        double rest = 0;
    };
    double total = 0;
    for (const auto& share : mix::class_shares()) total += fits(share) ? share.weight : 0;
    std::vector<Part> parts;
    int given = 0;
    for (const auto& share : mix::class_shares()) {
        if (!fits(share)) continue;
        const double exact = count * share.weight / total;
        parts.push_back({{share.kind, share.code}, static_cast<int>(exact), exact - std::floor(exact)});
        given += parts.back().whole;
    }
    std::ranges::stable_sort(parts, [](const Part& a, const Part& b) { return a.rest > b.rest; });
    for (std::size_t i = 0; given < count; i = (i + 1) % parts.size(), ++given) ++parts[i].whole;
    for (const auto& part : parts) classes.insert(classes.end(), static_cast<std::size_t>(part.whole), part.what);
}

// The leading classes as published, to the case; the rest of each kind by the mix.
void deal_published(std::vector<Class>& classes, int count) {
    const int events = static_cast<int>(std::lround(count * mix::published_event_percent / 100));
    for (const auto& [kind, whole] : {std::pair<std::string_view, int>{"event", events}, {"component", count - events}}) {
        int left = whole;
        for (const auto& share : mix::published_shares()) {
            if (share.kind != kind) continue;
            const int part = static_cast<int>(std::lround(whole * share.weight / 100));
            classes.insert(classes.end(), static_cast<std::size_t>(part), Class{share.kind, share.code});
            left -= part;
        }
        deal(classes, left, [&, of = kind](const mix::ClassShare& share) {
            const auto is_it = [&](const mix::ClassShare& one) { return std::string_view(one.kind) == share.kind && std::string_view(one.code) == share.code; };
            return share.kind == of && std::ranges::none_of(mix::published_shares(), is_it);
        });
    }
}

void shuffle(std::vector<Class>& classes, Random& random) {
    for (auto i = classes.size(); i > 1; --i) std::swap(classes[i - 1], classes[random.below(i)]);
}

// Some cells are worse than others, as in the history.
std::size_t draw_cell(Random& random, const City& city) {
    const auto order = static_cast<std::size_t>(static_cast<double>(city.cells.size()) * std::pow(random.unit(), 1.6));
    return (order * 5381 + 977) % city.cells.size();
}

bool is_simple_class(const rules::Rules& rules, const mix::ClassShare& share) {
    rules::Case c;
    c.edition = "2026";
    c.kind = share.kind;
    c.class_code = share.code;
    return rules::is_simple_class(rules, c);
}

// `fits` none: as published.
void add(Builder& builder, Fate fate, const std::vector<std::int64_t>& instants, const Fits& fits) {
    std::vector<Class> classes;
    if (fits) deal(classes, static_cast<int>(instants.size()), fits);
    else deal_published(classes, static_cast<int>(instants.size()));
    shuffle(classes, builder.random);
    for (std::size_t i = 0; i < instants.size(); ++i) {
        Planned one;
        one.plan.fate = fate;
        one.plan.kind = classes[i].kind;
        one.plan.class_code = classes[i].code;
        one.plan.cell = draw_cell(builder.random, builder.parts.city);
        one.reported_ms = instants[i];
        const auto& taxonomy = builder.parts.rules.taxonomy;
        for (const auto* row : taxonomy.rows_of("2026", one.plan.kind, one.plan.class_code))
            if (one.strictest == nullptr || builder.parts.rules.calendar.deadline(one.reported_ms, row->limit) > builder.parts.rules.calendar.deadline(one.reported_ms, one.strictest->limit)) one.strictest = row;
        builder.planned.push_back(std::move(one));
    }
}

// Gives `count` of the dispatched ones that fit a fate, taken evenly from all that fit.
void give(Builder& builder, std::size_t first, std::size_t last, int count, const std::function<bool(const Planned&)>& fits, const std::function<void(StoryPlan&)>& change) {
    std::vector<std::size_t> fitting;
    for (auto i = first; i < last; ++i)
        if (builder.planned[i].plan.fate == Fate::on_time && !builder.planned[i].plan.is_reworked && !builder.planned[i].plan.is_redispatched && fits(builder.planned[i])) fitting.push_back(i);
    if (fitting.size() < static_cast<std::size_t>(count)) throw std::runtime_error("the month has too few cases for its figures");
    for (auto i = fitting.size(); i > 1; --i) std::swap(fitting[i - 1], fitting[builder.random.below(i)]);
    for (int i = 0; i < count; ++i) change(builder.planned[fitting[static_cast<std::size_t>(i)]].plan);
}

void plan_dispatched(Builder& builder) {
    const auto& figures = builder.options.figures;
    const auto from = builder.options.from_ms, to = builder.options.to_ms;
    const auto& calendar = builder.parts.rules.calendar;
    const auto first = builder.planned.size();
    add(builder, Fate::on_time, draw_instants(builder.random, calendar, from, to - 12 * hour_ms, figures.dispatched), {});
    const auto last = builder.planned.size();
    const auto due = [&](const Planned& one, std::int64_t after) { return calendar.deadline(one.reported_ms + after, one.strictest->limit); };
    give(builder, first, last, figures.running, [&](const Planned& one) { return one.reported_ms > to - 4 * day_ms && one.reported_ms < to - 14 * hour_ms && due(one, 0) > to + 2 * hour_ms; }, [](StoryPlan& plan) { plan.fate = Fate::running; });
    const auto is_early = [&](const Planned& one) { return one.reported_ms < to - 10 * day_ms; };
    give(builder, first, last, figures.reworked, is_early, [](StoryPlan& plan) { plan.is_reworked = true; });
    // What a city unit answers for is not returned to a district: events of the districts.
    give(builder, first, last, figures.redispatched, [&](const Planned& one) { return is_early(one) && one.plan.class_code == "06010"; }, [](StoryPlan& plan) { plan.is_redispatched = true; });
    const auto can_be_late = [&](const Planned& one) { return due(one, 16 * hour_ms) < to - 8 * hour_ms; };
    give(builder, first, last, figures.overdue_of_month(), can_be_late, [](StoryPlan& plan) { plan.fate = Fate::overdue; });
    give(builder, first, last, figures.late, can_be_late, [](StoryPlan& plan) { plan.fate = Fate::late; });
}

// Reports of what had been reported before.
void plan_merged(Builder& builder) {
    std::vector<std::size_t> leads;
    for (std::size_t i = 0; i < builder.planned.size(); ++i)
        if (builder.planned[i].plan.fate == Fate::overdue && builder.planned[i].reported_ms > builder.options.from_ms && builder.planned[i].reported_ms < builder.options.to_ms - 6 * day_ms) leads.push_back(i);
    for (int i = 0; i < builder.options.figures.merged; ++i) {
        if (leads.empty()) throw std::runtime_error("the month has no case that others could be merged into");
        const auto lead = builder.planned[leads[builder.random.below(leads.size())]];
        Planned one = lead;
        one.plan.fate = Fate::merged;
        one.plan.lead = lead.plan.case_id;
        one.reported_ms = lead.reported_ms + builder.random.between(1, 4) * day_ms;
        builder.planned.push_back(std::move(one));
    }
}

void name_cases(Builder& builder) {
    for (auto& one : builder.planned)
        if (one.plan.case_id.is_nil() || one.plan.fate == Fate::merged) one.plan.case_id = make_uuid(one.reported_ms, builder.random);
}

std::vector<Planned> plan_month(const HistoryParts& parts, const MonthOptions& options) {
    Builder builder{parts, options, Random(options.seed ^ 0x6d6f6e7468)};
    const auto& figures = options.figures;
    const auto& calendar = parts.rules.calendar;
    const auto any = [](const mix::ClassShare&) { return true; };
    plan_dispatched(builder);
    add(builder, Fate::overdue, draw_instants(builder.random, calendar, options.from_ms - 24 * day_ms, options.from_ms - day_ms, figures.from_before()), any);
    name_cases(builder);
    plan_merged(builder);
    const auto instants = [&](int count) { return draw_instants(builder.random, calendar, options.from_ms, options.to_ms - day_ms, count); };
    add(builder, Fate::simple, draw_instants(builder.random, calendar, options.from_ms, options.to_ms - 4 * hour_ms, figures.simple), [&](const mix::ClassShare& share) { return is_simple_class(parts.rules, share); });
    add(builder, Fate::declined, instants(figures.declined), any);
    add(builder, Fate::not_filed, instants(figures.not_filed), any);
    add(builder, Fate::cancelled, instants(figures.cancelled), any);
    add(builder, Fate::waiting, draw_instants(builder.random, calendar, options.to_ms - 10 * hour_ms, options.to_ms, figures.waiting), any);
    name_cases(builder);
    std::ranges::stable_sort(builder.planned, {}, &Planned::reported_ms);
    return std::move(builder.planned);
}

// Whether the case came out as planned when the month ended.
bool is_as_planned(const rules::Case& c, const StoryPlan& plan, const MonthOptions& options, std::int64_t reported_ms) {
    if (plan.fate == Fate::simple) return c.is_simple != 0 && (c.state == "archived" || c.state == "self_handled");
    if (plan.fate == Fate::declined) return c.state == "declined";
    if (plan.fate == Fate::not_filed) return c.state == "not_filed";
    if (plan.fate == Fate::merged) return c.state == "merged";
    if (plan.fate == Fate::cancelled) return c.state == "cancelled";
    if (plan.fate == Fate::waiting) return c.assignments.empty() && (c.state == "reported" || c.state == "accepted" || c.state == "filed");
    const rules::Assignment* unit = nullptr;
    for (const auto& one : c.assignments)
        if (one.level == "unit" && one.state != "sent_back" && one.state != "replaced") unit = &one;
    if (unit == nullptr || !unit->deadline_ms) return false;
    const bool is_before = reported_ms < options.from_ms;
    if ((c.assignments.front().offered_ms < options.from_ms) != is_before) return false;
    if ((c.rework_count > 0) != plan.is_reworked || (c.redispatch_count > 0) != plan.is_redispatched) return false;
    if (plan.fate == Fate::overdue) return !unit->finished_ms && *unit->deadline_ms < options.to_ms;
    if (plan.fate == Fate::running) return !unit->finished_ms && *unit->deadline_ms >= options.to_ms;
    if (!unit->finished_ms) return false;
    return (*unit->finished_ms > *unit->deadline_ms) == (plan.fate == Fate::late);
}

// The next story in which everything comes as planned; which class, where and when stay what they are.
Result<cases::NewCaseRow> tell_story(const StoryWorld& world, const Planned& one, const MonthOptions& options, std::uint64_t number) {
    constexpr int tries_max = 200;
    std::optional<Error> refusal;
    for (int attempt = 0; attempt < tries_max; ++attempt) {
        CaseStory story(world, (options.seed * 0x9E3779B97F4A7C15ull + number) * 1009 + static_cast<std::uint64_t>(attempt), one.reported_ms, &one.plan);
        auto row = story.run();
        if (!row) refusal = row.error();
        else if (is_as_planned(row->c, one.plan, options, one.reported_ms)) return row;
    }
    if (refusal) return tl::unexpected(std::move(*refusal));
    throw std::runtime_error("case " + std::to_string(number) + " of the month (" + one.plan.kind + " " + one.plan.class_code + ", fate " + std::to_string(static_cast<int>(one.plan.fate)) + ", " + format_rfc3339(one.reported_ms) +
                             ") does not come out as planned");
}

Batch make_batch(const StoryWorld& world, const MonthOptions& options, const std::vector<Planned>& planned, std::size_t from, std::size_t to) {
    std::vector<cases::NewCaseRow> rows;
    for (auto i = from; i < to; ++i) {
        auto row = tell_story(world, planned[i], options, i);
        if (!row) return tl::unexpected(std::move(row.error()));
        rows.push_back(std::move(*row));
    }
    return rows;
}

} // namespace

MonthFigures MonthFigures::published() {
    MonthFigures figures{.simple = 6'980, .dispatched = 13'600, .handled = 11'159, .late = 1'389, .running = 60, .overdue = 2'854, .reworked = 13, .redispatched = 5,
                         .declined = 350, .not_filed = 80, .merged = 120, .cancelled = 25, .waiting = 60};
    return figures;
}

MonthFigures MonthFigures::scaled(double share) const {
    const auto part = [&](int count) { return count == 0 ? 0 : std::max(1, static_cast<int>(std::lround(count * share))); };
    MonthFigures small{.simple = part(simple), .dispatched = part(dispatched), .handled = part(handled), .late = part(late), .running = part(running), .overdue = part(overdue), .reworked = part(reworked),
                       .redispatched = part(redispatched), .declined = part(declined), .not_filed = part(not_filed), .merged = part(merged), .cancelled = part(cancelled), .waiting = part(waiting)};
    small.overdue = std::max(small.overdue, small.overdue_of_month());
    return small;
}

Result<std::int64_t> add_month(const HistoryParts& parts, const MonthOptions& options, const std::function<void(std::int64_t)>& tell) {
    const auto cast = make_cast(parts.identity);
    const StoryWorld world{parts.city, parts.rules, parts.cases, parts.photos, cast, options.to_ms};
    const auto planned = plan_month(parts, options);
    return add_in_batches(parts.cases, planned.size(), options.threads, [&](std::size_t from, std::size_t to) { return make_batch(world, options, planned, from, to); }, tell);
}

} // namespace chengge::demo
