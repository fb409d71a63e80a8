#include "responsibility/responsibility_service.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "responsibility/queries.hpp"
#include "responsibility/responsibility_state.hpp"
#include "storage/feed.hpp"

namespace chengge::responsibility {

using storage::Transaction;

namespace {

Words operator+(Words a, const Words& b) { return {std::move(a.zh) + b.zh, std::move(a.en) + b.en}; }

const Words& part_words(std::string_view part) {
    static const Words maintenance{"养护单位", "the maintenance unit "}, owner{"权属单位", "the owner "}, competent{"主管单位", "the competent unit "};
    return part == "maintenance" ? maintenance : part == "owner" ? owner : competent;
}

Words place_kind_words(std::string_view kind) {
    if (kind == "asset") return {"指定部件", "the asset itself"};
    if (kind == "area") return {"绘制范围", "a drawn area"};
    if (kind == "road") return {"道路", "the road"};
    if (kind == "cell") return {"单元网格", "the cell"};
    if (kind == "community") return {"社区", "the community"};
    if (kind == "subdistrict") return {"街道", "the subdistrict"};
    return kind == "district" ? Words{"区", "the district"} : Words{"全市", "the whole city"};
}

Words reason_of(const Row& row, const Names& names) {
    const auto place = names.place_words(row), problem = names.class_words(row);
    const auto unit = names.unit_name(unit_of(row));
    const auto& part = part_words(part_of(row));
    Words words{"责任清单 " + row.code + "：" + place.zh + "的" + problem.zh + "由" + part.zh + unit + "负责", "Row " + row.code + ": " + problem.en + " in " + place.en + " belongs to " + part.en + unit};
    if (!row.filing_row.empty())
        if (const auto* condition = names.rules->taxonomy.find_row(row.filing_row)) words = words + Words{"，限“" + condition->condition + "”", ", only for “" + condition->condition + "”"};
    if (!row.source.empty()) words = words + Words{"（" + row.source + "）", " (" + row.source + ")"};
    return words;
}

// Why the first row goes before this one.
Words why_not(const Row& row, const List::Hit& hit, const Row& first, const List::Hit& first_hit) {
    if (row.place_kind != first.place_kind)
        return {"；未采用：有按" + place_kind_words(first.place_kind).zh + "规定的行", "; not used: there is a row for " + place_kind_words(first.place_kind).en};
    if (hit.reach != first_hit.reach) return {"；未采用：有规定得更细的类别", "; not used: another row names the class more exactly"};
    if (row.filing_row.empty() != first.filing_row.empty()) return {"；未采用：有按立案条件规定的行", "; not used: another row names the condition"};
    return {"；未采用：有生效更晚的行", "; not used: another row came into force later"};
}

} // namespace

std::string ResponsibilityService::State::today() const { return format_date(city_date(parts.clock.now_ms())); }

ResponsibilityService::ResponsibilityService(ServiceParts parts) : state_(std::make_unique<State>(std::move(parts))) { reload(); }

ResponsibilityService::~ResponsibilityService() = default;

void ResponsibilityService::reload() {
    auto& parts = state_->parts;
    auto [rows, switches] = parts.database.read([](Transaction& transaction) { return std::pair(load_rows(transaction), load_switches(transaction)); });
    const auto find_road = [&](const std::string& name) { return parts.grid.find_road(name); };
    state_->set(std::make_shared<const Snapshot>(Snapshot{List(std::move(rows), find_road), std::move(switches)}));
}

Answer ResponsibilityService::answer(const Question& asked) const {
    const auto snapshot = state_->now();
    const Names names(state_->parts);
    auto question = asked;
    if (question.day.empty()) question.day = state_->today();
    const auto& list = snapshot->list;
    const auto at_place = list.rows_at(question);
    auto hits = list.hits(at_place, subject_of(*names.rules, question), question.day);
    Answer answer;
    if (hits.empty()) {
        Subject street;
        street.trades.insert("street");
        street.filing_row = question.filing_row;
        hits = list.hits(at_place, street, question.day);
        std::erase_if(hits, [&](const auto& hit) { return hit.reach != ClassReach::trade; });
        answer.is_fallback = !hits.empty();
    }
    for (const auto& hit : hits) {
        const auto& row = list.rows()[static_cast<std::size_t>(hit.row)];
        const auto& first = list.rows()[static_cast<std::size_t>(hits[0].row)];
        const auto* unit = names.directory->find_organisation(unit_of(row));
        Match match{row, unit_of(row), hit.is_first, reason_of(row, names)};
        if (answer.is_fallback) match.reason = Words{"没有责任清单行规定此类问题，属地兜底。", "No row speaks of this class; the territorial fallback: "} + match.reason;
        if (!hit.is_first) match.reason = match.reason + why_not(row, hit, first, hits[0]);
        if (unit == nullptr || !unit->is_open) match.reason = match.reason + Words{"；该单位已撤销，请修改这一行", "; the unit is closed, mend this row"};
        else if (hit.is_first && std::find(answer.units.begin(), answer.units.end(), match.unit) == answer.units.end()) answer.units.push_back(match.unit);
        answer.matches.push_back(std::move(match));
    }
    return answer;
}

Result<Question> ResponsibilityService::question_at(double lon, double lat, std::string_view coord_type, std::string edition, std::string kind, const std::string& class_code) const {
    const auto& parts = state_->parts;
    TRY_ASSIGN(place, parts.grid.locate(lon, lat, coord_type));
    const auto set = parts.rules();
    if (edition.empty()) edition = "2026";
    // Components and matters of the 2026 edition share no code but those of the mirror matters.
    if (kind.empty()) kind = set->taxonomy.find_class(edition, "component", class_code) != nullptr ? "component" : "event";
    if (set->taxonomy.find_class(edition, kind, class_code) == nullptr) return fail("class_unknown", {{"class_code", class_code}});
    return Question{.lon = place.lon, .lat = place.lat, .cell = place.cell_code, .community = place.community_code, .district = place.managing_district_code,
                    .edition = edition, .kind = kind, .class_code = class_code, .filing_row = "", .asset_id = "", .day = state_->today()};
}

std::vector<Row> ResponsibilityService::rows() const { return state_->now()->list.rows(); }

std::vector<Row> ResponsibilityService::versions(const std::string& code) const {
    return state_->parts.database.read([&](Transaction& transaction) { return load_versions(transaction, code); });
}

Result<Row> ResponsibilityService::save(Row row, const std::string& by) {
    auto& parts = state_->parts;
    const Names names(parts);
    if (const auto fault = find_fault(row, names))
        return fail("responsibility_row_faulty", {{"field", fault->field}, {"reason", fault->words.zh}, {"reason_en", fault->words.en}});
    const auto known = state_->now()->list.find(row.code);
    if (!row.code.empty() && row.version > 0 && known == nullptr) return fail("responsibility_row_unknown", {{"code", row.code}});
    if (row.version == 0 && known != nullptr) return fail("responsibility_code_taken", {{"code", row.code}});
    if (row.origin.empty()) row.origin = "desk";
    const auto now = parts.clock.now_ms();
    Row stored;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        stored = row;
        if (!store_row(transaction, stored, by, now)) return fail("stale_version");
        storage::append_feed(transaction, {.kind = "responsibility", .recorded_ms = now});
        return {};
    }));
    reload();
    return stored;
}

void ResponsibilityService::store(Transaction& transaction, Row row, const std::string& by) const {
    const auto now = state_->parts.clock.now_ms();
    store_row(transaction, row, by, now);
    storage::append_feed(transaction, {.kind = "responsibility", .recorded_ms = now});
}

void ResponsibilityService::add_all(std::vector<Row> rows, const std::string& by) {
    auto& parts = state_->parts;
    const auto now = parts.clock.now_ms();
    const auto snapshot = state_->now();
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        for (auto row : rows) {
            if (const auto* old = snapshot->list.find(row.code)) row.version = old->version;
            store_row(transaction, row, by, now);
        }
        storage::append_feed(transaction, {.kind = "responsibility", .recorded_ms = now});
        return {};
    });
    reload();
}

bool ResponsibilityService::dispatches_itself(const std::string& edition, const std::string& kind, const std::string& class_code) const {
    const auto snapshot = state_->now();
    const auto found = snapshot->switches.find({edition, kind, class_code});
    return found != snapshot->switches.end() && found->second.is_on;
}

std::vector<Switch> ResponsibilityService::switches() const {
    std::vector<Switch> all;
    for (const auto& [key, one] : state_->now()->switches) all.push_back(one);
    return all;
}

Result<void> ResponsibilityService::set_switch(const Switch& wanted, const std::string& by) {
    auto& parts = state_->parts;
    if (parts.rules()->taxonomy.find_class(wanted.edition, wanted.kind, wanted.class_code) == nullptr) return fail("class_unknown", {{"class_code", wanted.class_code}});
    const auto now = parts.clock.now_ms();
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::set_switch, {{"edition", wanted.edition}, {"kind", wanted.kind}, {"class_code", wanted.class_code}, {"is_on", wanted.is_on}, {"changed_ms", now}, {"changed_by", by}});
        storage::append_feed(transaction, {.kind = "responsibility", .recorded_ms = now});
        return {};
    }));
    reload();
    return {};
}

} // namespace chengge::responsibility
