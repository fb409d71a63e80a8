// long: reports and acts are read together, from what a client sends to what is answered.
#include "cases/case_service.hpp"

#include <algorithm>
#include <limits>

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/case_merges.hpp"
#include "cases/case_state.hpp"
#include "cases/chain.hpp"
#include "cases/evidence.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Blob;
using storage::Transaction;

namespace {

constexpr std::int64_t evidence_bytes_max = 64 << 20; // answered from memory
constexpr auto number_wait = std::chrono::milliseconds(150);

rules::Actor actor_of(const identity::Viewer& viewer) {
    const auto* organisation = viewer.directory->find_organisation(viewer.organisation_key);
    return {.person_id = viewer.person_id,
            .roles = {viewer.roles.begin(), viewer.roles.end()},
            .organisation = viewer.organisation_code,
            .organisation_kind = organisation != nullptr ? organisation->kind : viewer.roles.contains(platform_role) ? platform_role : "",
            .deputy_id = viewer.deputy_id};
}

std::string code_of_kind(const identity::Directory& directory, std::string_view kind) {
    for (const auto& organisation : directory.organisations())
        if (organisation.kind == kind && organisation.is_open) return organisation.code;
    return "";
}

std::string_view feed_kind_of(std::string_view action) {
    if (action == "report" || action == "report_simple") return "case_reported";
    if (action == "accept") return "case_accepted";
    if (action == "close" || action == "approve_quick_close") return "case_closed";
    return "case_step";
}

// What makes two reports the same: everything the client sent, and who sent it.
std::string report_hash_of(const NewReport& report, const Uuid& owner) {
    std::string text = format_uuid(owner);
    const auto add = [&](const std::string& value) { text += "\n" + std::to_string(value.size()) + ":" + value; };
    add(rules::field_text(report.lon));
    add(rules::field_text(report.lat));
    for (const auto& value : {report.coord_type, report.description, report.address, report.edition, report.kind, report.class_code,
                              report.filing_row, report.asset_id, report.source, report.level})
        add(value);
    for (const auto& id : report.media) add(format_uuid(id));
    if (report.is_simple) add("simple"); // what others have sent hashes as it always did
    if (report.contact) add(contact_text(report.contact->name, report.contact->phone));
    return sm3(text);
}

// Its key, id, number and version; `reference` is an id or a number.
storage::Rows find_case(Transaction& transaction, const std::string& reference) {
    const auto id = parse_uuid(reference);
    return id ? transaction.run(sql::find_case_by_id, {{"case_id", Blob{id->raw()}}})
              : transaction.run(sql::find_case_by_no, {{"case_no", reference}});
}

// The photos by their ids in their order, each the sender's own or a demo's; refusal media_unknown.
Result<std::vector<media::Media>> find_photos(Transaction& transaction, const media::MediaService& media,
                                              const std::vector<Uuid>& ids, const identity::Viewer& viewer) {
    std::vector<media::Media> photos;
    if (ids.empty()) return photos;
    if (ids.size() > 20) return fail("too_many_photos");
    const auto found = media.find_all(transaction, ids);
    for (const auto& id : ids) {
        const auto photo = std::find_if(found.begin(), found.end(), [&](const media::Media& one) { return one.id == id; });
        if (photo == found.end() || (photo->owner_person_key != viewer.person_key && photo->owner_person_key != viewer.deputy_key && !photo->is_simulated))
            return fail("media_unknown", {{"media_id", format_uuid(id)}});
        photos.push_back(*photo);
    }
    return photos;
}

std::vector<rules::MediaRef> refs_of(const std::vector<media::Media>& photos) {
    std::vector<rules::MediaRef> refs;
    for (const auto& photo : photos) refs.push_back({photo.id, to_hex(photo.sm3)});
    return refs;
}

void insert_contact(Transaction& transaction, const identity::SecretKeys& keys, std::int64_t case_key, const Contact& contact) {
    const auto sealed = [&](const std::string& text) {
        return text.empty() ? storage::Value{} : storage::Value{Blob{identity::seal(keys, text)}};
    };
    transaction.run(sql::insert_contact,
                    {{"case_key", case_key},
                     {"sealed_name", sealed(contact.name)},
                     {"sealed_phone", sealed(contact.phone)},
                     {"phone_index", contact.phone.empty() ? storage::Value{} : storage::Value{Blob{identity::phone_index(keys, contact.phone)}}},
                     {"is_public", contact.is_public},
                     {"wants_call_back", contact.wants_call_back}});
}

std::optional<Contact> load_contact(Transaction& transaction, const identity::SecretKeys& keys, std::int64_t case_key) {
    const auto rows = transaction.run(sql::load_contact, {{"case_key", case_key}});
    if (rows.empty()) return std::nullopt;
    const auto row = rows[0];
    const auto open = [&](const char* column) {
        return row.is_null(column) ? std::string() : identity::unseal(keys, row.bytes(column)).value_or("");
    };
    return Contact{open("sealed_name"), open("sealed_phone"), row.flag("is_public"), row.flag("wants_call_back")};
}

// The line is drawn around the place, or beside it.
Result<void> check_red_line(const geo::Polygon& red_line, const rules::Case& c) {
    constexpr double reach_m = 500, area_m2_max = 4e6;
    if (geo::distance_m(red_line, {c.lon, c.lat}) > reach_m || geo::area_m2(red_line) > area_m2_max || geo::area_m2(red_line) < 1) return fail("red_line_wrong");
    return {};
}

// The row by which the receiver is the one: it names the unit, or a unit under the receiver's centre.
std::string row_naming(const CaseServiceParts& parts, const rules::Case& c, const rules::Receiver& receiver) {
    const auto directory = parts.identity.directory();
    for (const auto& match : answer_for(parts, c).matches) {
        if (!match.is_first) break;
        const auto unit = receiver_of(*directory, match.unit, {});
        if (match.unit == receiver.organisation || (unit && receiver.kind == "district_command_center" && unit->command_center == receiver.organisation)) return match.row.code;
    }
    return "";
}

} // namespace

responsibility::Row row_of_ruling(const StoredCase& stored, const rules::Case& after, const std::string& opinion, std::int64_t now_ms) {
    const auto name = stored.case_no.empty() ? format_uuid(after.id).substr(0, 8) : stored.case_no;
    responsibility::Row row;
    row.edition = after.edition;
    row.kind = after.kind;
    row.class_code = after.class_code;
    row.place_kind = "area";
    row.place = "裁定红线 " + name;
    if (const auto shape = geo::from_wkt(after.red_line); shape && std::holds_alternative<geo::Polygon>(*shape)) row.shape = {std::get<geo::Polygon>(*shape)};
    row.competent = after.ruled_unit;
    row.valid_from = format_date(city_date(now_ms));
    row.source = "疑难案件裁定 " + name;
    row.note = std::string(take_characters(opinion, 500));
    row.origin = "ruling";
    return row;
}

CaseService::CaseService(CaseServiceParts parts) : state_(std::make_unique<State>(std::move(parts))) { state_->decisions = std::make_unique<DecisionService>(*this); }

CaseService::~CaseService() = default;

void CaseService::start_jobs(storage::FeedFollower& follower) {
    state_->jobs = std::make_unique<CaseJobs>(state_->parts, follower, [this] { act_when_due(); });
    state_->decisions->start_job();
}

void CaseService::stop_jobs() {
    state_->decisions->stop_job();
    state_->jobs.reset();
}

DecisionService& CaseService::decisions() { return *state_->decisions; }

void CaseService::run_jobs_once() {
    auto& parts = state_->parts;
    while (number_cases(parts.database, parts.clock.now_ms())) {}
    act_when_due();
    state_->decisions->run_job_once();
    while (index_cases(parts.database, parts.rules, parts.grid)) {}
    while (dispatch_by_itself(parts)) {}
}

rules::Context CaseService::context_of(const identity::Viewer& viewer, std::int64_t now_ms) const {
    return {.now_ms = now_ms,
            .actor = actor_of(viewer),
            .platform = state_->parts.platform,
            .supervision_center = code_of_kind(*viewer.directory, "supervision_center"),
            .city_command_center = code_of_kind(*viewer.directory, "city_command_center"),
            .last = std::nullopt,
            .previous = std::nullopt,
            .ledgers = {},
            .holds = *state_->parts.holds->now()};
}

rules::Context system_context(const CaseServiceParts& parts, const std::string& command_center, std::int64_t now_ms) {
    const auto directory = parts.identity.directory();
    const auto* center = directory->find_organisation(command_center);
    return {.now_ms = now_ms,
            .actor = {.person_id = {}, .roles = {"dispatcher"}, .organisation = command_center, .organisation_kind = center != nullptr ? center->kind : ""},
            .platform = parts.platform,
            .supervision_center = code_of_kind(*directory, "supervision_center"),
            .city_command_center = code_of_kind(*directory, "city_command_center"),
            .last = std::nullopt,
            .previous = std::nullopt,
            .ledgers = {},
            .holds = *parts.holds->now()};
}

std::optional<rules::Receiver> CaseService::receiver_of(const std::string& organisation_code, const Uuid& person_id) const {
    return cases::receiver_of(*state_->parts.identity.directory(), organisation_code, person_id);
}

std::optional<rules::Receiver> receiver_of(const identity::Directory& directory, const std::string& organisation_code, const Uuid& person_id) {
    rules::Receiver receiver;
    const identity::Organisation* organisation = directory.find_organisation(organisation_code);
    if (!person_id.is_nil()) {
        const auto* person = directory.find_person(person_id);
        if (person == nullptr || !person->is_active) return std::nullopt;
        receiver.person_id = person_id;
        receiver.person_roles = person->roles;
        const auto* own = directory.find_organisation(person->organisation_key);
        if (organisation == nullptr && organisation_code.empty()) organisation = own;
        if (organisation != own) return std::nullopt;
    }
    if (organisation == nullptr) return std::nullopt;
    receiver.organisation = organisation->code;
    receiver.kind = organisation->kind;
    receiver.is_open = organisation->is_open;
    if (organisation->parent_key)
        if (const auto* parent = directory.find_organisation(*organisation->parent_key)) receiver.parent = parent->code;
    if (const auto* center = directory.command_center_of(organisation->key)) receiver.command_center = center->code;
    return receiver;
}

Result<rules::Case> CaseService::prepare(const NewReport& report, const identity::Viewer& viewer) const {
    const auto& parts = state_->parts;
    const auto set = parts.rules.current();
    if (set->workflow.find_label(set->workflow.sources, report.source) == nullptr) return fail("source_unknown", {{"source", report.source}});
    if (!report.level.empty() && set->workflow.find_label(set->workflow.levels, report.level) == nullptr)
        return fail("level_unknown", {{"level", report.level}});
    TRY_ASSIGN(place, parts.grid.locate(report.lon, report.lat, report.coord_type));
    rules::Case c;
    c.id = report.case_id;
    c.source = report.source;
    c.level = report.level.empty() ? "ordinary" : report.level;
    c.raw_lon = report.lon;
    c.raw_lat = report.lat;
    c.coord_type = report.coord_type;
    c.lon = place.lon;
    c.lat = place.lat;
    c.cell_code = place.cell_code;
    c.community_code = place.community_code;
    c.district_code = place.managing_district_code;
    c.area_class = place.area_class;
    c.address = report.address;
    c.asset_id = report.asset_id;
    c.observed_ms = report.observed_ms;
    if (viewer.roles.contains("collector") || viewer.roles.contains("citizen") || viewer.roles.contains("inspector"))
        c.reporter_id = viewer.person_id;
    if (!report.class_code.empty()) {
        c.edition = report.edition.empty() ? "2026" : report.edition;
        c.kind = report.kind;
        c.class_code = report.class_code;
        if (set->taxonomy.find_class(c.edition, c.kind, c.class_code) == nullptr)
            return fail("class_unknown", {{"class_code", report.class_code}});
        if (!report.filing_row.empty()) {
            const auto* row = set->taxonomy.find_row(report.filing_row);
            if (row == nullptr) return fail("filing_row_unknown");
            if (row->class_code != c.class_code || row->kind != c.kind || row->edition != c.edition) return fail("row_not_of_class");
            c.filing_row = report.filing_row;
        }
    }
    return c;
}

// The answer is made of what was decided: nothing is read back.
Result<CaseDetail> CaseService::report(const NewReport& report, const identity::Viewer& viewer) {
    auto& parts = state_->parts;
    TRY_ASSIGN(prepared, prepare(report, viewer));
    const auto set = parts.rules.current();
    const auto now = parts.clock.now_ms();
    const auto hash = report_hash_of(report, viewer.person_id);
    bool was_there = false;
    const auto find_same = [&](Transaction& transaction) -> Result<void> {
        const auto known = transaction.run(sql::find_case_by_id, {{"case_id", Blob{report.case_id.raw()}}});
        was_there = !known.empty();
        if (was_there && known[0].bytes("report_hash") != hash) return fail("case_id_taken");
        return {};
    };
    std::vector<media::Media> photos;
    if (!report.media.empty())
        TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
            auto found = find_photos(transaction, parts.media, report.media, viewer);
            if (found) {
                photos = std::move(*found);
                return {};
            }
            // Sent again, a report may name photos that the sender has handed on since.
            if (auto same = find_same(transaction); !same || was_there) return same;
            return tl::unexpected(std::move(found.error()));
        }));
    if (was_there) return get_again(report.case_id, viewer);
    rules::Command command;
    command.step_id = report.case_id;
    command.action = report.is_simple ? "report_simple" : "report";
    command.opinion = report.description;
    command.report = std::move(prepared);
    command.media = refs_of(photos);
    auto decision = rules::decide(*set, {}, command, context_of(viewer, now));
    if (!decision) {
        // What was taken once is answered again, even if it would be refused now.
        TRY(parts.database.read(find_same));
        if (was_there) return get_again(report.case_id, viewer);
        return tl::unexpected(std::move(decision.error()));
    }
    const auto contact = report.contact ? contact_text(report.contact->name, report.contact->phone) : "";
    NewCaseRow row{std::move(decision->after), report.description, hash,
                   {seal_step(decision->step, chain_start(report.case_id), random_bytes(16), contact)}, false};
    CaseDetail detail;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto key = insert_case(transaction, *set, row);
        if (!key) return find_same(transaction); // sent again, perhaps at once
        if (report.contact) insert_contact(transaction, parts.identity.keys(), *key, *report.contact);
        detail.stored.key = *key;
        detail.position = storage::append_feed(transaction, {feed_kind_of("report"), *key, 1, now});
        return {};
    }));
    CRASH_POINT("case.reported");
    if (was_there) return get_again(report.case_id, viewer);
    KnownCase known;
    known.stored.key = detail.stored.key;
    known.stored.chain = row.steps.front().chain;
    if (!photos.empty()) known.stored.photo_id = photos.front().id;
    known.media_rows = media_rows_of(row.steps.front());
    known.stored.description = std::move(row.description);
    known.stored.c = std::move(row.c);
    known.steps = std::move(row.steps);
    known.media = std::move(photos);
    known.has_contact = report.contact.has_value();
    fill(detail, known);
    state_->known.put(std::make_shared<KnownCase>(std::move(known)));
    if (viewer.scope.sees_reporter) detail.contact = report.contact;
    return with_allowed(std::move(detail), viewer, true);
}

Result<CaseDetail> CaseService::get_again(const Uuid& case_id, const identity::Viewer& viewer) {
    auto detail = get(format_uuid(case_id), viewer);
    if (detail) detail->was_there = true;
    return detail;
}

namespace {

Result<rules::Command> command_of(const NewStep& step, const CaseService& service) {
    rules::Command command;
    command.step_id = step.step_id;
    command.action = step.action;
    command.subject_kind = step.subject_kind;
    command.subject_id = step.subject_id;
    command.opinion = step.opinion;
    command.filing_row = step.filing_row;
    command.edition = step.edition;
    command.kind = step.kind;
    command.class_code = step.class_code;
    command.until_ms = step.until_ms;
    command.supervision_level = step.supervision_level;
    command.needs_reply = step.needs_reply;
    command.target = step.target;
    for (const auto& code : step.assisting) {
        auto assistant = service.receiver_of(code, {});
        if (!assistant) return fail("receiver_unknown");
        command.assistants.push_back(std::move(*assistant));
    }
    command.return_reason = step.return_reason;
    if (step.red_line) command.red_line = geo::to_wkt(*step.red_line);
    if (!step.receiver_organisation.empty() || !step.receiver_person.is_nil()) {
        command.receiver = service.receiver_of(step.receiver_organisation, step.receiver_person);
        if (!command.receiver) return fail("receiver_unknown");
    }
    return command;
}

// How far from the case's place somebody stands who acts on the spot; nothing when they do not say.
Result<std::optional<double>> distance_of(const NewStep& step, const rules::Case& c) {
    if (!step.place) return std::optional<double>();
    const auto type = geo::parse_coord_type(step.place->coord_type);
    if (!type) return fail("unknown_coord_type", {{"coord_type", step.place->coord_type}});
    return std::optional<double>(geo::distance_m(geo::to_cgcs2000({step.place->lon, step.place->lat}, *type), {c.lon, c.lat}));
}

// Whether the client's step is there already; refusal step_id_taken.
Result<bool> has_step(const CaseDetail& detail, const NewStep& step) {
    const auto known = std::find_if(detail.steps.begin(), detail.steps.end(), [&](const StoredStep& one) { return one.step.step_id == step.step_id; });
    if (known == detail.steps.end()) return false;
    if (known->step.action != step.action) return fail("step_id_taken");
    return true;
}

} // namespace

// Read and decided in the caller's thread; what is written holds only if the case is still the one that was
// read, which claiming its version says. So writers wait for no reader, nothing is read back, and a case that was
// looked at a moment ago is not read at all.
Result<CaseDetail> CaseService::act(const std::string& reference, const NewStep& step, const identity::Viewer& viewer) {
    auto& parts = state_->parts;
    const auto now = parts.clock.now_ms();
    TRY_ASSIGN(command, command_of(step, *this));
    CaseDetail detail;
    std::vector<media::Media> photos;
    const bool is_known = fill_known(detail, reference, step.version, viewer);
    if (!is_known || !step.media.empty())
        TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
            if (!is_known) {
                TRY_ASSIGN(found, load_detail(transaction, reference, viewer));
                detail = std::move(found);
            }
            // Of a step that is there or comes too late they do not matter.
            if (detail.stored.c.version != step.version) return {};
            TRY_ASSIGN(own, find_photos(transaction, parts.media, step.media, viewer));
            photos = std::move(own);
            return {};
        }));
    TRY_ASSIGN(is_there, has_step(detail, step));
    if (is_there) return get_again(detail.stored.c.id, viewer);
    if (detail.stored.c.version != step.version) return fail("stale_version");
    if (step.version + 1 >= parts_max) return fail("too_many_steps");
    command.media = refs_of(photos);
    if (!step.lead.empty()) {
        TRY_ASSIGN(lead, parts.database.read([&](Transaction& transaction) { return find_lead(transaction, parts.rules, step.lead, detail.stored.c.id, viewer); }));
        command.lead = lead;
    }
    if (command.receiver && (step.action == "dispatch" || step.action == "redispatch")) command.responsibility_row = row_naming(parts, detail.stored.c, *command.receiver);
    if (step.red_line) TRY(check_red_line(*step.red_line, detail.stored.c));
    TRY_ASSIGN(distance_m, distance_of(step, detail.stored.c));
    command.distance_m = distance_m;
    auto context = context_of(viewer, now);
    if (step.action == "recall" || step.subject_kind == "request")
        parts.database.read([&](Transaction& transaction) {
            if (step.action == "recall") add_recall(transaction, detail, context);
            else add_ledger_count(transaction, detail.stored.c, step.subject_id, context);
        });
    TRY_ASSIGN(decision, rules::decide(*detail.rules, detail.stored.c, command, context));
    const bool is_ruling = decision.after.is_disputed == 2 && detail.stored.c.is_disputed != 2;
    const auto sealed = seal_step(decision.step, detail.stored.chain, random_bytes(16));
    const auto key = detail.stored.key;
    bool has_ledger_moved = false;
    const auto stored = parts.database.write([&](Transaction& transaction) -> Result<void> {
        // The first write: it takes the row's lock on both engines.
        has_ledger_moved = false;
        if (transaction.run(sql::claim_version, {{"case_key", key}, {"version", step.version}}).affected != 1) {
            const auto known = transaction.run(sql::find_step, {{"first", key * parts_max}, {"last", key * parts_max + parts_max - 1}, {"step_id", Blob{step.step_id.raw()}}});
            detail.was_there = !known.empty(); // sent twice at once, the other was faster
            if (known.empty()) return fail("stale_version");
            if (known[0].text("action") != step.action) return fail("step_id_taken");
            return {};
        }
        if (std::ranges::find(decision.row->guards, "within_cap") != decision.row->guards.end() && !is_ledger_as_counted(transaction, context)) {
            has_ledger_moved = true;
            return fail("stale_version");
        }
        if (command.lead) TRY(hold_lead(transaction, parts.rules, *command.lead, detail.stored.c.id));
        if (is_ruling) parts.responsibility.store(transaction, row_of_ruling(detail.stored, decision.after, step.opinion, now), viewer.name);
        store_step(transaction, *detail.rules, key, detail.stored.c, decision.after, sealed);
        detail.position = storage::append_feed(transaction, {feed_kind_of(step.action), key, decision.after.version, now});
        return {};
    });
    if (has_ledger_moved) return act(reference, step, viewer); // decided anew, by what is left of the cap now
    if (!stored) {
        state_->known.forget(detail.stored.c.id);
        return tl::unexpected(stored.error());
    }
    CRASH_POINT("case.acted");
    if (is_ruling) parts.responsibility.reload();
    if (detail.was_there) return get_again(detail.stored.c.id, viewer);
    if (step.action == "accept") detail.stored.case_no = number_now(key, now);
    if (decision.after.merged_into != detail.stored.c.merged_into) { // the lead and this one are known in another way now
        state_->known.forget(decision.after.merged_into.is_nil() ? detail.stored.c.merged_into : decision.after.merged_into);
        state_->known.forget(detail.stored.c.id);
        return get(format_uuid(detail.stored.c.id), viewer);
    }
    detail.stored.c = std::move(decision.after);
    detail.stored.chain = sealed.chain;
    for (auto& one : media_rows_of(sealed)) detail.media_rows.push_back(std::move(one));
    for (auto& photo : photos)
        if (std::none_of(detail.media.begin(), detail.media.end(), [&](const media::Media& one) { return one.id == photo.id; })) detail.media.push_back(std::move(photo));
    detail.steps.push_back(sealed);
    state_->known.put(std::make_shared<KnownCase>(KnownCase{detail.stored, detail.steps, detail.media_rows, detail.media, detail.has_contact, detail.has_followers}));
    return with_allowed(std::move(detail), viewer, true);
}

// Has the numberer run and waits a moment for it; empty while it has not come to the case.
std::string CaseService::number_now(std::int64_t case_key, std::int64_t now_ms) {
    if (state_->jobs) state_->jobs->number_soon(number_wait);
    else number_cases(state_->parts.database, now_ms);
    return state_->parts.database.read([&](Transaction& transaction) {
        const auto rows = transaction.run(sql::name_case, {{"case_key", case_key}});
        return rows.empty() ? std::string() : rows[0].text_or_empty("case_no");
    });
}

void CaseService::fill(CaseDetail& detail, const KnownCase& known) const {
    detail.stored = known.stored;
    detail.steps = known.steps;
    detail.media_rows = known.media_rows;
    detail.media = known.media;
    detail.has_contact = known.has_contact;
    detail.has_followers = known.has_followers;
    detail.rules = state_->parts.rules.find(known.stored.c.rules_version);
}

// The case as it was known at that version; false when it has to be read.
bool CaseService::fill_known(CaseDetail& detail, const std::string& reference, std::int64_t version, const identity::Viewer& viewer) const {
    const auto id = parse_uuid(reference);
    const auto known = id ? state_->known.find(*id) : nullptr;
    if (known == nullptr || known->stored.c.version != version) return false;
    // Its number came after it was put there; a contact is never kept.
    if (known->stored.case_no.empty() && known->stored.c.accepted_ms) return false;
    if ((known->has_contact || known->has_followers) && viewer.scope.sees_reporter) return false;
    if (!known->stored.c.merged_into.is_nil()) return false;
    if (!may_see(viewer, visibility_of(known->stored.c))) return false;
    fill(detail, *known);
    return true;
}

// Everything of a case but what the viewer may do.
Result<CaseDetail> CaseService::load_detail(Transaction& transaction, const std::string& reference, const identity::Viewer& viewer) const {
    const auto rows = find_case(transaction, reference);
    if (rows.empty()) return fail("case_unknown");
    const auto key = rows[0].integer("case_key");
    auto known = state_->known.find(uuid_from_raw(rows[0].bytes("case_id")));
    if (known == nullptr || known->stored.c.version != rows[0].integer("version")) {
        known = load_known(transaction, key);
        if (known == nullptr) return fail("case_unknown");
        state_->known.put(known);
    }
    if (!may_see(viewer, visibility_of(known->stored.c))) return fail("case_unknown");
    CaseDetail detail;
    fill(detail, *known);
    detail.stored.case_no = rows[0].text_or_empty("case_no");
    detail.position = storage::feed_end(transaction);
    if (known->has_contact && viewer.scope.sees_reporter) detail.contact = load_contact(transaction, state_->parts.identity.keys(), key);
    load_merges(transaction, viewer, known->stored, detail);
    return detail;
}

std::shared_ptr<const KnownCase> CaseService::load_known(Transaction& transaction, std::int64_t case_key) const {
    auto stored = load_case(transaction, case_key);
    if (!stored) return nullptr;
    KnownCase known;
    known.media_rows = load_case_media(transaction, case_key);
    known.steps = load_steps(transaction, case_key, known.media_rows);
    for (auto& one : known.steps) one.step.case_id = stored->c.id;
    std::vector<Uuid> ids;
    for (const auto& row : known.media_rows) ids.push_back(row.media_id);
    if (!ids.empty()) known.media = state_->parts.media.find_all(transaction, ids);
    known.has_contact = !transaction.run(sql::load_contact, {{"case_key", case_key}}).empty();
    known.has_followers = has_followers(transaction, stored->c.id);
    known.stored = std::move(*stored);
    return std::make_shared<KnownCase>(std::move(known));
}

CaseDetail CaseService::with_allowed(CaseDetail detail, const identity::Viewer& viewer, bool is_just_done) const {
    auto context = context_of(viewer, state_->parts.clock.now_ms());
    // Only of one's own step does it matter who has seen it; nobody has what was done this moment.
    const bool is_own = !detail.steps.empty() && detail.steps.back().step.actor_id == context.actor.hand() && !context.actor.hand().is_nil();
    if (is_own && is_just_done) context.last = last_step_of(detail, false);
    else if (is_own)
        state_->parts.database.read([&](Transaction& transaction) { context.last = last_step_of(transaction, detail); });
    detail.allowed = rules::allowed_actions(*detail.rules, detail.stored.c, context);
    return detail;
}

Result<CaseDetail> CaseService::get(const std::string& reference, const identity::Viewer& viewer) {
    TRY_ASSIGN(detail, state_->parts.database.read([&](Transaction& transaction) { return load_detail(transaction, reference, viewer); }));
    return with_allowed(std::move(detail), viewer);
}

Result<Contact> CaseService::contact(const std::string& reference, const identity::Viewer& viewer) {
    TRY_ASSIGN(detail, get(reference, viewer));
    if (!viewer.scope.sees_reporter) return fail("forbidden");
    if (!detail.contact) return fail("contact_unknown");
    state_->parts.identity.record_access(viewer, "contact_read", detail.stored.case_no.empty() ? format_uuid(detail.stored.c.id) : detail.stored.case_no);
    return *detail.contact;
}

Result<std::string> CaseService::evidence(const std::string& reference, bool has_contact, const identity::Viewer& viewer) {
    TRY_ASSIGN(detail, get(reference, viewer));
    auto& parts = state_->parts;
    std::string bytes;
    const EvidenceOptions options{.has_contact = has_contact && viewer.scope.sees_reporter, .bytes_max = evidence_bytes_max, .now_ms = parts.clock.now_ms(), .program = parts.program};
    const auto id = format_uuid(detail.stored.c.id);
    TRY(write_evidence({parts.database, parts.rules, parts.media, parts.identity}, id, options, [&](std::string_view piece) { bytes += piece; }));
    parts.identity.record_access(viewer, "evidence_exported", detail.stored.case_no.empty() ? id : detail.stored.case_no);
    return bytes;
}

bool CaseService::may_read_media(const identity::Viewer& viewer, const media::Media& photo) {
    return state_->parts.database.read([&](Transaction& transaction) {
        for (const auto row : transaction.run(sql::find_media_cases, {{"media_id", Blob{photo.id.raw()}}})) {
            if (viewer.scope.sees_all) return true;
            const auto stored = load_case(transaction, row.integer("case_key"));
            if (stored && may_see(viewer, visibility_of(stored->c))) return true;
        }
        return photo.is_simulated;
    });
}

Result<void> CaseService::add_histories(std::vector<NewCaseRow> rows, bool is_last) {
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    auto newest_report = std::numeric_limits<std::int64_t>::min();
    for (const auto& row : rows) newest_report = std::max(newest_report, row.steps.front().step.recorded_ms);
    std::vector<WaitingStep> waiting;
    auto stored = parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto keys = insert_cases(transaction, *set, rows);
        waiting = state_->waiting;
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (const auto& one : rows[i].steps) waiting.push_back({one.step.recorded_ms, keys[i], one.step.seq, feed_kind_of(one.step.action)});
        const auto later = is_last ? waiting.end() : std::partition(waiting.begin(), waiting.end(), [&](const WaitingStep& one) { return one.recorded_ms <= newest_report; });
        std::sort(waiting.begin(), later);
        std::vector<storage::FeedAppend> entries;
        for (auto one = waiting.begin(); one != later; ++one) entries.push_back({one->kind, one->case_key, one->seq, one->recorded_ms});
        storage::append_feed(transaction, entries);
        waiting.erase(waiting.begin(), later);
        return {};
    });
    if (stored) state_->waiting = std::move(waiting);
    return stored;
}

} // namespace chengge::cases
