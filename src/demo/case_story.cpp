#include "demo/case_story.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "base/digest.hpp"
#include "demo/photos.hpp"

namespace chengge::demo {

namespace {

std::string random_salt(Random& random) {
    std::string salt;
    for (int i = 0; i < 2; ++i) {
        auto bits = random.next();
        for (int byte = 0; byte < 8; ++byte, bits >>= 8) salt += static_cast<char>(bits & 0xff);
    }
    return salt;
}

} // namespace

Cast make_cast(const identity::IdentityService& identity) {
    Cast cast;
    const auto directory = identity.directory();
    for (const auto& person : directory->people()) {
        const auto* organisation = directory->find_organisation(person.organisation_key);
        ASSERT(organisation != nullptr && !person.roles.empty());
        Player player{{person.id, person.roles, organisation->code, organisation->kind}, {}};
        const auto& role = person.roles[0];
        if (role == "collector" || role == "intake_operator")
            player.viewer = identity.viewer_of(person);
        if (role == "collector") cast.collectors.push_back(player);
        if (role == "intake_operator") cast.operators.push_back(player);
        if (role == "shift_leader") cast.leaders.push_back(player);
        if (role == "inspector") cast.inspectors.push_back(player);
        if (role == "commander" && organisation->kind == "city_command_center") cast.commanders.push_back(player);
        if (role == "dispatcher") cast.dispatchers[organisation->code].push_back(player);
        if (role == "department_manager") cast.managers[organisation->code].push_back(player);
        if (role == "handler") cast.handlers[organisation->code].push_back(player);
    }
    for (const auto& organisation : directory->organisations())
        if (organisation.kind == "crew" && organisation.parent_key)
            cast.crews[directory->find_organisation(*organisation.parent_key)->code].push_back(
                organisation.code);
    return cast;
}

CaseStory::CaseStory(const StoryWorld& world, std::uint64_t seed, std::int64_t reported_ms,
                     const StoryPlan* plan)
    : world_(world), plan_(plan), random_(seed), reported_ms_(reported_ms) {
    finding_ = plan != nullptr ? mix::make_finding(world.rules.taxonomy, plan->kind,
                                                   plan->class_code, random_)
                               : mix::draw_finding(world.rules.taxonomy, random_);
    const auto unit = finding_.row->limit.unit;
    is_urgent_ = unit == rules::LimitUnit::urgent_hour || unit == rules::LimitUnit::urgent_day;
    const auto& shelf = world.photos.at(scene_of(finding_.problem->kind, finding_.problem->code));
    photos_ = shelf[random_.below(shelf.size())];
}

bool CaseStory::act(const Player& by, const char* action, rules::Command command,
                    std::int64_t at_ms) {
    at_ms = std::max(at_ms, last_ms_ + 1000 * random_.between(20, 90));
    if (failure_ || at_ms > world_.now_ms) return false;
    command.step_id = case_.id.is_nil() ? command.report->id : make_uuid(at_ms, random_);
    command.action = action;
    if (command.opinion.empty()) command.opinion = mix::draw_opinion(action, random_);
    const rules::Context context{.now_ms = at_ms,
                                 .actor = by.actor,
                                 .platform = "440800",
                                 .supervision_center = "supervision",
                                 .city_command_center = "city-command"};
    auto decision = rules::decide(world_.rules, case_, command, context);
    if (!decision) {
        failure_ = decision.error();
        failure_->facts["demo_act"] = std::string(action) + " by " + by.actor.organisation;
        return false;
    }
    row_.steps.push_back(cases::seal_step(decision->step, chain_, random_salt(random_)));
    chain_ = row_.steps.back().chain;
    case_ = std::move(decision->after);
    last_ms_ = at_ms;
    return true;
}

rules::Command CaseStory::about(const rules::Assignment& assignment) const {
    rules::Command command;
    command.subject_kind = "assignment";
    command.subject_id = assignment.id;
    return command;
}

rules::Command CaseStory::about(const rules::Task& task) const {
    rules::Command command;
    command.subject_kind = "task";
    command.subject_id = task.id;
    return command;
}

rules::Command CaseStory::given_to(rules::Command command, const std::string& organisation,
                                   const Uuid& person) {
    command.receiver = world_.cases.receiver_of(organisation, person);
    return command;
}

std::int64_t CaseStory::soon(double mean_minutes) {
    if (random_.chance(0.03)) mean_minutes *= 8; // something else came first
    const auto delay =
        static_cast<std::int64_t>(-std::log(1 - random_.unit()) * mean_minutes * minute_ms);
    if (is_urgent_) return last_ms_ + delay;
    const auto midnight = city_midnight_ms(city_date(last_ms_));
    const auto opens = midnight + 8 * hour_ms, shuts = midnight + 20 * hour_ms;
    const auto from = std::max(last_ms_, opens);
    if (from + delay <= shuts) return from + delay;
    return opens + day_ms + (from >= shuts ? delay : from + delay - shuts);
}

std::int64_t CaseStory::at_work(double mean_minutes) {
    if (is_urgent_) return soon(mean_minutes);
    const auto delay =
        static_cast<std::int64_t>(-std::log(1 - random_.unit()) * mean_minutes * minute_ms);
    return world_.rules.calendar.add(last_ms_, delay, rules::LimitUnit::working_hour);
}

const Player& CaseStory::dispatcher_of(const std::string& command_center) {
    return any(world_.cast.dispatchers.find(command_center)->second);
}

const rules::Assignment* CaseStory::unit() const {
    for (auto one = case_.assignments.rbegin(); one != case_.assignments.rend(); ++one)
        if (one->level == "unit" && one->state != "sent_back" && one->state != "replaced")
            return &*one;
    return nullptr;
}

bool CaseStory::report() {
    const bool is_simple = has_fate(StoryPlan::Fate::simple), is_disputed = plan_ != nullptr && plan_->dispute;
    const auto source = is_simple || is_disputed ? std::string("collector") : mix::draw_source(random_);
    const bool is_call = source != "collector";
    // Some cells are worse than others: the square of a draw over a fixed order.
    const auto& cells = world_.city.cells;
    const auto order =
        static_cast<std::size_t>(static_cast<double>(cells.size()) * std::pow(random_.unit(), 1.6));
    const auto at = plan_ != nullptr ? plan_->cell : (order * 5381 + 977) % cells.size();
    const auto& ring = cells[at].outline.rings[0];
    const auto centre = geo::centroid(cells[at].outline);
    const auto& corner = ring[random_.below(ring.size())];
    const double out = 0.35 + 0.55 * random_.unit();
    const auto& streets = world_.city.streets[at];
    cases::NewReport report;
    report.case_id = plan_ != nullptr ? plan_->case_id : make_uuid(reported_ms_, random_);
    report.lon = centre.lon + out * (corner.lon - centre.lon);
    report.lat = centre.lat + out * (corner.lat - centre.lat);
    report.coord_type = "cgcs2000";
    if (world_.assets != nullptr && finding_.problem->kind == "component") {
        // One of that class in the cell, where there is one; drawn from the id, so that all else stays as it was.
        const auto found = world_.assets->find(cells[at].code + "/" + finding_.problem->code);
        if (found != world_.assets->end()) {
            const auto& [id, place] = found->second[report.case_id.bytes[15] % found->second.size()];
            report.asset_id = id;
            report.lon = place.lon;
            report.lat = place.lat;
        }
    }
    report.description = is_disputed ? plan_->dispute->found : finding_.description;
    const auto number = static_cast<std::int64_t>(streets.number_from) + random_.between(0, 7);
    report.address =
        random_.chance(0.2) && !streets.cross_street.empty()
            ? streets.street + "与" + streets.cross_street + "路口"
            : streets.street + std::to_string(number) + (random_.chance(0.5) ? "号旁" : "号前");
    report.edition = finding_.problem->edition;
    report.kind = finding_.problem->kind;
    report.class_code = finding_.problem->code;
    report.source = source;
    const auto& by = any(is_call ? world_.cast.operators : world_.cast.collectors);
    auto prepared = world_.cases.prepare(report, by.viewer);
    if (!prepared) {
        failure_ = prepared.error();
        return false;
    }
    unit_code_ = world_.city.responsible_unit(finding_.row->responsible_kind,
                                              prepared->community_code.substr(0, 9),
                                              prepared->district_code);
    chain_ = cases::chain_start(report.case_id);
    row_.description = report.description;
    row_.report_hash = sm3(report.case_id.raw());
    row_.is_simulated = true;
    rules::Command command;
    command.report = std::move(*prepared);
    command.opinion = report.description;
    if (!is_call || source == "video" || source == "wechat") command.media = {photos_.before};
    reporter_ = &by;
    return act(by, is_simple ? "report_simple" : "report", std::move(command), reported_ms_);
}

// Calls have no scene photo one could trust: somebody goes and looks.
bool CaseStory::verify() {
    if (case_.source == "collector" || case_.source == "video" || random_.chance(0.15)) return true;
    const auto& checker = any(world_.cast.collectors);
    if (!act(any(world_.cast.operators), "send_verify",
             given_to({}, checker.actor.organisation, checker.actor.person_id), soon(5)))
        return false;
    auto command = about(case_.tasks.back());
    const auto at = soon(28);
    if (happens(0.06, false)) {
        if (!act(checker, "not_found", std::move(command), at)) return false;
        act(any(world_.cast.operators), "decline", soon(6));
        return false;
    }
    command.media = {photos_.before};
    return act(checker, "confirm", std::move(command), at);
}

bool CaseStory::file() {
    if (has_fate(StoryPlan::Fate::waiting) && random_.chance(0.4)) return false;
    if (happens(0.017, has_fate(StoryPlan::Fate::declined))) {
        act(any(world_.cast.operators), "decline", soon(6));
        return false;
    }
    if (has_fate(StoryPlan::Fate::merged)) return merge();
    if (!act(any(world_.cast.operators), "accept", soon(5))) return false;
    if (has_fate(StoryPlan::Fate::waiting)) return false;
    if (has_fate(StoryPlan::Fate::cancelled)) return cancel();
    if (happens(0.006, has_fate(StoryPlan::Fate::not_filed))) {
        act(any(world_.cast.leaders), "refuse_filing", soon(6));
        return false;
    }
    rules::Command command;
    command.filing_row = finding_.row->id;
    return act(any(world_.cast.leaders), "file_case", std::move(command), soon(5));
}

// 并案: the same problem was reported before.
bool CaseStory::merge() {
    rules::Command command;
    command.lead = rules::LeadCase{plan_->lead, false, false};
    act(any(world_.cast.operators), "merge", std::move(command), soon(7));
    return false;
}

// 作废: one asks, another agrees.
bool CaseStory::cancel() {
    rules::Command asked;
    asked.opinion = "与昨日案件登记重复，反映人同意撤回，申请作废";
    if (!act(any(world_.cast.operators), "ask_cancel", std::move(asked), soon(8))) return false;
    rules::Command command;
    command.subject_kind = "request";
    command.subject_id = case_.requests.back().id;
    act(any(world_.cast.leaders), "approve_cancel", std::move(command), soon(10));
    return false;
}

// 简易: found, handled and archived on the spot; some are drawn and looked at first.
bool CaseStory::run_simple() {
    rules::Command command;
    command.media = {photos_.after};
    command.distance_m = 2 + 30 * random_.unit();
    const auto handled = reported_ms_ + random_.between(3, 45) * minute_ms;
    if (!act(*reporter_, "handle_simple", std::move(command), handled)) return false;
    const Player platform{{{}, {"platform"}, "", "platform"}, {}};
    const auto at = handled + random_.between(1, 5) * minute_ms;
    if (!rules::is_drawn(case_, world_.rules.workflow.settings.simple_check_share))
        return act(platform, "archive_by_itself", at);
    const auto& inspector = any(world_.cast.inspectors);
    if (!act(platform, "draw_spot_check",
             given_to({}, inspector.actor.organisation, inspector.actor.person_id), at))
        return false;
    auto passed = about(case_.tasks.back());
    passed.media = {photos_.after};
    return act(inspector, "spot_pass", std::move(passed), soon(90));
}

bool CaseStory::dispatch() {
    const auto receiver = world_.cases.receiver_of(unit_code_, {});
    ASSERT(receiver.has_value());
    const bool is_district = receiver->command_center != "city-command";
    const auto& first = is_district ? receiver->command_center : unit_code_;
    if (!act(dispatcher_of("city-command"), "dispatch", given_to({}, first), soon(9))) return false;
    if (!is_district) return true;
    return act(dispatcher_of(receiver->command_center), "dispatch",
               given_to(about(case_.assignments.back()), unit_code_), soon(10));
}

rules::Command CaseStory::returning(rules::Command command) {
    const auto& reasons = world_.rules.workflow.return_reasons;
    command.return_reason = reasons.front().code;
    return command;
}

// The unit says that it is not its own; the centre agrees and the subdistrict gets it.
bool CaseStory::send_back_once() {
    const auto street = "street-" + case_.community_code.substr(0, 9);
    if (unit_code_ == street || !happens(0.007, plan_ != nullptr && plan_->is_redispatched))
        return true;
    const auto issuer = unit()->issuer;
    if (issuer == "city-command") return true; // a subdistrict is given out by its district
    const auto window_ends = world_.rules.calendar.deadline(unit()->offered_ms, world_.rules.workflow.settings.return_window);
    if (!act(any(world_.cast.managers.find(unit_code_)->second), "ask_send_back", returning(about(*unit())),
             std::min(at_work(30), window_ends)))
        return false;
    rules::Command command;
    command.subject_kind = "request";
    command.subject_id = case_.requests.back().id;
    if (!act(dispatcher_of(issuer), "approve_send_back", std::move(command), soon(15)))
        return false;
    unit_code_ = street;
    const auto passed = std::ranges::find(case_.assignments, "command", &rules::Assignment::level);
    return act(dispatcher_of(issuer), "dispatch", given_to(about(*passed), street), soon(8));
}

void CaseStory::remind_if_late(std::int64_t until_ms) {
    const auto* part = unit();
    if (part == nullptr || !part->deadline_ms || until_ms <= *part->deadline_ms + 2 * hour_ms ||
        !random_.chance(0.6))
        return;
    const auto at = world_.rules.calendar.add(
        *part->deadline_ms, random_.between(5, 90) * minute_ms, rules::LimitUnit::working_hour);
    if (at < until_ms) act(dispatcher_of(part->issuer), "remind", at);
}

std::int64_t CaseStory::done_at(double length_share) {
    using Fate = StoryPlan::Fate;
    const auto& calendar = world_.rules.calendar;
    const rules::Limit limit = finding_.row->limit;
    const auto from = last_ms_;
    const auto never = world_.now_ms + 1;
    if (plan_ == nullptr && length_share >= mix::limit_shares_open) return never;
    if (plan_ != nullptr) length_share = std::min(length_share, 0.95);
    const auto length = static_cast<std::int64_t>(
        static_cast<double>(rules::Calendar::length_ms(limit)) * length_share);
    if (plan_ == nullptr) return calendar.add(from, length, limit.unit);
    if (plan_->fate == Fate::overdue || plan_->fate == Fate::running) return never;
    const auto deadline = unit()->deadline_ms.value_or(calendar.deadline(from, limit));
    const auto end = world_.now_ms - 5 * minute_ms;
    if (plan_->fate == Fate::late) {
        const auto latest = std::min(end, deadline + 25 * day_ms);
        return latest <= deadline + 10 * minute_ms
                   ? never
                   : random_.between(deadline + 5 * minute_ms, latest);
    }
    const auto last = std::min(deadline, end);
    const auto planned = calendar.add(from, length, limit.unit);
    return planned < last ? planned : from + (last - from) / 2;
}

// From signed or reworked to the gate, taking a share of the limit.
bool CaseStory::handle(double length_share) {
    const auto from = last_ms_;
    const auto done = done_at(length_share);
    const auto& manager = any(world_.cast.managers.find(unit_code_)->second);
    const auto between = [&](double share) {
        return from +
               static_cast<std::int64_t>(static_cast<double>(done - from) * share * random_.unit());
    };
    if (unit()->state == "offered" &&
        !act(manager, "sign", about(*unit()), std::min(at_work(22), between(0.6))))
        return false;
    const auto crews = world_.cast.crews.find(unit_code_);
    const auto own = world_.cast.handlers.find(unit_code_);
    const bool has_crew = crews != world_.cast.crews.end();
    if (!has_crew && (own == world_.cast.handlers.end() || random_.chance(0.5))) {
        remind_if_late(done);
        auto command = about(*unit());
        command.media = {photos_.after};
        return act(manager, "feed_back", std::move(command), done);
    }
    const auto& crew = has_crew ? crews->second[random_.below(crews->second.size())] : unit_code_;
    const auto& handler = any(world_.cast.handlers.find(crew)->second);
    if (!act(manager, "assign", given_to(about(*unit()), crew, handler.actor.person_id),
             std::min(at_work(12), between(0.8))))
        return false;
    remind_if_late(done);
    const auto crew_part = case_.assignments.back();
    auto command = about(crew_part);
    command.media = {photos_.after};
    if (!act(handler, "feed_back", std::move(command), done)) return false;
    return act(manager, "approve_review", about(*unit()), at_work(12));
}

bool CaseStory::pass_gate() {
    const auto issuer = unit()->issuer;
    if (happens(0.006, plan_ != nullptr && plan_->is_reworked)) {
        if (!act(dispatcher_of(issuer), "rework", about(*unit()), soon(9))) return false;
        if (!handle(0.5 * random_.unit() + 0.1)) return false;
    }
    return act(dispatcher_of(issuer), "approve_gate", about(*unit()), soon(9));
}

// True when the check passed; a failed one goes round once more.
bool CaseStory::check() {
    for (int round = 0;; ++round) {
        const Player* checker =
            &any(random_.chance(0.15) ? world_.cast.inspectors : world_.cast.collectors);
        while (checker->actor.person_id == case_.reporter_id)
            checker = &any(world_.cast.collectors);
        if (!act(any(world_.cast.operators), "send_check",
                 given_to({}, checker->actor.organisation, checker->actor.person_id), soon(6)))
            return false;
        auto command = about(case_.tasks.back());
        const auto at = soon(45);
        command.media = {round == 0 && happens(0.022, false) ? photos_.before : photos_.after};
        if (command.media[0] == photos_.after)
            return act(*checker, "check_pass", std::move(command), at);
        if (!act(*checker, "check_fail", std::move(command), at)) return false;
        if (!act(dispatcher_of(unit()->issuer), "rework_failed", about(*unit()), soon(12)))
            return false;
        if (!handle(0.2 + 0.5 * random_.unit()) || !pass_gate()) return false;
    }
}

Result<cases::NewCaseRow> CaseStory::run() {
    const bool is_over = plan_ != nullptr && plan_->dispute       ? report() && run_dispute()
                         : has_fate(StoryPlan::Fate::simple) ? report() && run_simple()
                         : report() && verify() && file() && dispatch() && send_back_once() &&
                         handle(mix::draw_length_share(random_)) && pass_gate() && check() &&
                         act(any(world_.cast.leaders), "close", soon(5));
    (void)is_over; // where the history ends the case simply stays as it is
    if (failure_) return tl::unexpected(std::move(*failure_));
    row_.c = std::move(case_);
    return std::move(row_);
}

} // namespace chengge::demo
