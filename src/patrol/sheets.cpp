// Scores of a month and 扣款单.
#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "patrol/patrol_state.hpp"
#include "patrol/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::patrol {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

bool counts(const std::string& state) { return state == "stands" || state == "objected" || state == "upheld"; }

// What was looked at of somebody's work, and what of it counts.
struct Tally {
    std::int64_t inspected = 0, confirmed = 0, points = 0, cents = 0, objected = 0, staff_points = 0;
    std::map<std::string, std::int64_t> kinds; // that count
    void add(const PatrolData& data, const storage::Rows::Row& row) {
        const auto n = row.integer("n");
        const auto& code = row.text("kind");
        const auto* kind = data.find_kind(code);
        if (kind == nullptr || !kind->fits_to("patrol")) inspected += n;
        if (kind != nullptr && kind->charged == "nobody") confirmed += n;
        if (!counts(row.text("state"))) return;
        points += row.integer("points");
        cents += row.integer("cents");
        kinds[code] += n;
        if (row.text("state") == "objected") objected += n;
    }
    std::int64_t score(std::int64_t full) const { return std::max<std::int64_t>(0, full - points - staff_points); }
};

json::object tally_json(const PatrolData& data, const Tally& tally, const std::string& language) {
    json::array kinds;
    for (const auto& [code, n] : tally.kinds) {
        const auto* kind = data.find_kind(code);
        kinds.push_back(json::object{{"kind", code}, {"label", kind == nullptr ? code : pick(language, kind->zh, kind->en)}, {"count", n}});
    }
    return {{"score", tally.score(data.settings.score_full)}, {"points", tally.points + tally.staff_points}, {"inspected", tally.inspected}, {"confirmed", tally.confirmed}, {"objected", tally.objected}, {"kinds", std::move(kinds)}};
}

struct Tallies {
    std::map<Uuid, Tally> people;
    std::map<std::int64_t, Tally> lots;
};

Tallies count_month(Transaction& transaction, const PatrolData& data, const Month& month) {
    Tallies tallies;
    for (const auto row : transaction.run(sql::count_inspected, {{"from_ms", month.from_ms}, {"to_ms", month.to_ms}})) {
        if (const auto person = uuid_at(row, "collector_id"); !person.is_nil()) tallies.people[person].add(data, row);
        if (!row.is_null("lot_key")) tallies.lots[row.integer("lot_key")].add(data, row);
    }
    return tallies;
}

// --- sheets -----------------------------------------------------------------------------------------

std::vector<Charge> load_charges(Transaction& transaction, const StoredLot& lot, const Month& month) {
    std::vector<Charge> charges;
    for (const auto row : transaction.run(sql::list_charges, {{"lot_key", lot.key}, {"from_ms", month.from_ms}, {"to_ms", month.to_ms}}))
        charges.push_back({row.integer("finding_key"), row.text("kind"), row.integer("points"), row.integer("cents")});
    return charges;
}

std::vector<std::int64_t> load_paid_finds(Transaction& transaction, const LotBook& book, const StoredLot& lot, const Month& month) {
    std::vector<std::int64_t> keys;
    if (lot.unit_price_cents == 0) return keys;
    std::vector<Uuid> people;
    for (const auto& one : book.members)
        if (one.lot_key == lot.key && std::find(people.begin(), people.end(), one.person) == people.end()) people.push_back(one.person);
    for (const auto& person : people)
        for (const auto row : transaction.run(sql::list_paid_finds, {{"person_id", blob_of(person)}, {"from_ms", month.from_ms}, {"to_ms", month.to_ms}}))
            if (book.lot_of(person, day_of(row.integer("reported_ms"))) == &lot) keys.push_back(row.integer("case_key"));
    std::sort(keys.begin(), keys.end());
    return keys;
}

// What the month is the sum of, as of now.
std::vector<SheetLine> count_lines(const PatrolParts& parts, Transaction& transaction, const LotBook& book, const StoredLot& lot, const Month& month, const std::string& month_text) {
    SheetInput input{.month = month_text, .valid_from = lot.valid_from, .valid_to = lot.valid_to, .month_fee_cents = lot.month_fee_cents, .unit_price_cents = lot.unit_price_cents,
                     .charges = load_charges(transaction, lot, month), .presence = {}, .finds = load_paid_finds(transaction, book, lot, month)};
    for (const auto& shift : count_presence(parts, transaction, book, lot, month.first_day, month.last_day)) input.presence.push_back(shift);
    return make_lines(*parts.data, input);
}

std::vector<SheetLine> load_lines(Transaction& transaction, std::int64_t sheet_key) {
    std::vector<SheetLine> lines;
    for (const auto row : transaction.run(sql::list_lines, {{"sheet_key", sheet_key}}))
        lines.push_back({.rule = row.text("rule"), .part = row.text("part"), .finding_key = row.maybe_integer("finding_key"), .case_key = row.maybe_integer("case_key"), .day = row.text("day"), .shift = row.text("shift"),
                         .promised = row.integer("promised"), .present = row.integer("present"), .quantity = row.integer("quantity"), .points = row.integer("points"), .cents = row.integer("cents")});
    return lines;
}

void store_lines(Transaction& transaction, std::int64_t sheet_key, const std::vector<SheetLine>& lines) {
    std::vector<storage::Params> rows;
    std::int64_t number = 0;
    for (const auto& line : lines)
        rows.push_back({{"sheet_key", sheet_key}, {"line", ++number}, {"rule", line.rule}, {"part", line.part}, {"finding_key", line.finding_key}, {"case_key", line.case_key}, {"day", line.day}, {"shift", line.shift},
                        {"promised", line.promised}, {"present", line.present}, {"quantity", line.quantity}, {"points", line.points}, {"cents", line.cents}});
    transaction.run_batch(sql::insert_line, rows);
}

std::string rule_label(const PatrolData& data, const std::string& rule, const std::string& part, const std::string& language) {
    const bool is_en = language == "en";
    if (rule == "month_fee") return is_en ? "Monthly fee" : "月服务费";
    if (rule == "find") return is_en ? "Finds by the piece" : "计件采集费";
    if (rule == "month_cap") return is_en ? "Beyond the month's cap, not deducted" : "超过当月扣款上限不扣";
    const auto* kind = data.find_kind(rule);
    const auto label = rule == data.absent.code ? pick(language, data.absent.zh, data.absent.en) : kind == nullptr ? rule : pick(language, kind->zh, kind->en);
    if (part != "relief") return label;
    return is_en ? label + ", beyond its cap" : label + "超过上限不扣";
}

// Rows of the sheet: sums of its lines by rule and part, in the lines' order.
json::array rows_json(const PatrolData& data, const std::vector<SheetLine>& lines, const std::string& language) {
    struct Sum {
        std::string rule, part;
        std::int64_t lines = 0, quantity = 0, points = 0, cents = 0;
    };
    std::vector<Sum> sums;
    for (const auto& line : lines) {
        auto at = std::find_if(sums.begin(), sums.end(), [&](const Sum& one) { return one.rule == line.rule && one.part == line.part; });
        if (at == sums.end()) at = sums.insert(at, Sum{line.rule, line.part});
        ++at->lines;
        at->quantity += line.quantity;
        at->points += line.points;
        at->cents += line.cents;
    }
    json::array rows;
    for (const auto& one : sums)
        rows.push_back(json::object{{"rule", one.rule}, {"part", one.part}, {"label", rule_label(data, one.rule, one.part, language)}, {"lines", one.lines}, {"quantity", one.quantity}, {"points", one.points}, {"cents", one.cents}});
    return rows;
}

json::object sheet_json(const PatrolService::State& state, const LotBook& book, const storage::Rows::Row& row, const Viewer& viewer) {
    const auto* lot = book.find(row.integer("lot_key"));
    const auto terms = parse_json(row.text("terms"))->as_object();
    const auto made_by = uuid_at(row, "made_by");
    const auto month = month_of(row.text("month"));
    const bool is_draft = row.text("state") == "draft";
    const auto name = [&](const Uuid& id) { return viewer.may("patrol.read") && !id.is_nil() ? json::value(state.person_name(id)) : json::value(nullptr); };
    const auto number = row.text_or_empty("number");
    return {{"sheet_id", format_uuid(uuid_at(row, "sheet_id"))}, {"version", row.integer("version")}, {"state", row.text("state")}, {"number", maybe_text(number)}, {"month", row.text("month")},
            {"lot_id", format_uuid(lot->id)}, {"lot_code", lot->code}, {"lot_name", lot->name}, {"organisation_name", std::string(terms.at("organisation_name").as_string())}, {"contract_no", std::string(terms.at("contract_no").as_string())},
            {"month_fee_cents", terms.at("month_fee_cents").to_number<std::int64_t>()}, {"unit_price_cents", terms.at("unit_price_cents").to_number<std::int64_t>()}, {"cap_percent", terms.at("cap_percent").to_number<std::int64_t>()},
            {"points", row.integer("points")}, {"score", std::max<std::int64_t>(0, state.parts.data->settings.score_full - row.integer("points"))}, {"pay_cents", row.integer("pay_cents")},
            {"deducted_cents", row.integer("deducted_cents")}, {"total_cents", row.integer("total_cents")}, {"made_by", name(made_by)}, {"made_at", format_rfc3339(row.integer("made_ms"))},
            {"confirmed_by", name(uuid_at(row, "confirmed_by"))}, {"confirmed_at", maybe_instant(row.maybe_integer("confirmed_ms"))}, {"sm3", maybe_text(row.text("sm3"))},
            {"may_confirm", is_draft && viewer.may("patrol.manage") && made_by != viewer.person_id && month && state.parts.clock.now_ms() >= month->to_ms}, {"may_make", is_draft && viewer.may("patrol.manage")}};
}

// The sheet when the viewer may see it: a contractor only confirmed ones of its own.
Result<storage::Rows> find_sheet(Transaction& transaction, const LotBook& book, const Uuid& id, const Viewer& viewer) {
    auto rows = transaction.run(sql::find_sheet, {{"sheet_id", blob_of(id)}});
    if (rows.empty()) return fail("sheet_unknown");
    const auto* lot = book.find(rows[0].integer("lot_key"));
    if (!may_see_lot(viewer, *lot) || (rows[0].text("state") == "draft" && !viewer.may("patrol.read"))) return fail("sheet_unknown");
    return rows;
}

// Nobody may still object, and every objection has been decided.
Result<void> check_settled(Transaction& transaction, const StoredLot& lot, const Month& month, std::int64_t now) {
    std::int64_t open = 0, until = 0;
    for (const auto row : transaction.run(sql::list_charges, {{"lot_key", lot.key}, {"from_ms", month.from_ms}, {"to_ms", month.to_ms}})) {
        open += row.text("state") == "objected";
        if (row.text("state") == "stands") until = std::max(until, row.maybe_integer("objection_until_ms").value_or(0));
    }
    if (open > 0) return fail("objections_open", {{"count", std::to_string(open)}});
    auto until_text = format_rfc3339(until).substr(0, 16);
    until_text[10] = ' ';
    if (now <= until) return fail("objection_time_runs", {{"until", until_text}});
    return {};
}

} // namespace

Result<json::object> PatrolService::scores(const std::string& month_text, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto month = month_of(month_text);
    if (!month) return fail("bad_month");
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        auto tallies = count_month(transaction, *parts.data, *month);
        json::array lots, people;
        for (const auto& lot : book.lots) {
            if (!may_see_lot(viewer, lot) || lot.valid_to < month->first_day || lot.valid_from > month->last_day) continue;
            auto& tally = tallies.lots[lot.key];
            std::int64_t missing = 0;
            for (const auto& shift : count_presence(parts, transaction, book, lot, month->first_day, month->last_day)) missing += shift.missing();
            tally.staff_points = missing * parts.data->absent.points;
            auto one = tally_json(*parts.data, tally, language);
            one["lot_id"] = format_uuid(lot.id);
            one["name"] = lot.name;
            one["organisation_name"] = state_->organisation_name(lot.organisation);
            one["missing"] = missing;
            lots.push_back(std::move(one));
        }
        for (const auto& [id, tally] : tallies.people) {
            const auto* lot = book.lot_of(id, std::min(month->last_day, day_of(parts.clock.now_ms())));
            if (lot == nullptr ? !viewer.may("patrol.read") : !may_see_lot(viewer, *lot)) continue;
            auto one = tally_json(*parts.data, tally, language);
            if (!state_->knows_collectors(viewer) && !viewer.may("patrol.company")) continue;
            one["person_id"] = format_uuid(id);
            one["name"] = state_->person_name(id);
            one["lot_name"] = lot == nullptr ? json::value(nullptr) : json::value(lot->name);
            people.push_back(std::move(one));
        }
        std::sort(people.begin(), people.end(), [](const json::value& a, const json::value& b) {
            const auto left = a.at("score").to_number<std::int64_t>(), right = b.at("score").to_number<std::int64_t>();
            return left != right ? left < right : a.at("name").as_string() < b.at("name").as_string();
        });
        return json::object{{"month", month_text}, {"lots", std::move(lots)}, {"collectors", std::move(people)}};
    });
}

Result<json::object> PatrolService::my_score(const std::string& month_text, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto month = month_of(month_text);
    if (!month) return fail("bad_month");
    auto answer = parts.database.read([&](Transaction& transaction) {
        const auto book = load_lots(transaction);
        auto tallies = count_month(transaction, *parts.data, *month);
        auto one = tally_json(*parts.data, tallies.people[viewer.person_id], language);
        const auto* lot = book.lot_of(viewer.person_id, std::min(month->last_day, day_of(parts.clock.now_ms())));
        one["month"] = month_text;
        one["full"] = parts.data->settings.score_full;
        one["lot_name"] = lot == nullptr ? json::value(nullptr) : json::value(lot->name);
        return one;
    });
    FindingFilter mine{.month = month_text, .kind = "", .state = "", .cursor = "", .collector = viewer.person_id, .limit = 200};
    TRY_ASSIGN(list, findings(mine, viewer, language));
    answer["findings"] = std::move(list.at("items"));
    return answer;
}

Result<json::object> PatrolService::make_sheet(const Uuid& id, const Uuid& lot_id, const std::string& month_text, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto month = month_of(month_text);
    if (!month) return fail("bad_month");
    const auto now = parts.clock.now_ms();
    if (now < month->from_ms) return fail("month_not_begun");
    Uuid sheet_id = id;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto book = load_lots(transaction);
        const auto* lot = book.find(lot_id);
        if (lot == nullptr || lot->valid_to < month->first_day || lot->valid_from > month->last_day) return fail("lot_unknown");
        const auto lines = count_lines(parts, transaction, book, *lot, *month, month_text);
        const auto sums = sum_lines(lines);
        const auto terms = to_json_text(json::object{{"organisation_name", state_->organisation_name(lot->organisation)}, {"contract_no", lot->contract_no}, {"month_fee_cents", lot->month_fee_cents},
                                                     {"unit_price_cents", lot->unit_price_cents}, {"cap_percent", parts.data->settings.deduction_cap_percent}});
        storage::Params row{{"sheet_id", blob_of(id)}, {"lot_key", lot->key}, {"month", month_text}, {"terms", terms}, {"points", sums.points}, {"pay_cents", sums.pay_cents},
                            {"deducted_cents", sums.deducted_cents}, {"total_cents", sums.total_cents}, {"made_by", blob_of(viewer.person_id)}, {"made_ms", now}};
        const auto inserted = transaction.run(sql::insert_sheet, row);
        std::int64_t key = 0;
        if (!inserted.empty()) key = inserted[0].integer("sheet_key");
        else {
            const auto known = transaction.run(sql::find_sheet_of_month, {{"lot_key", lot->key}, {"month", month_text}});
            if (known.empty()) return fail("sheet_id_taken");
            key = known[0].integer("sheet_key");
            sheet_id = uuid_at(known[0], "sheet_id");
            row.add("sheet_key", key);
            if (transaction.run(sql::update_sheet, row).affected == 0) return fail("sheet_confirmed");
            transaction.run(sql::drop_lines, {{"sheet_key", key}});
        }
        store_lines(transaction, key, lines);
        return {};
    }));
    return sheet(sheet_id, viewer, language);
}

Result<json::object> PatrolService::sheets(const std::string& month, const Viewer& viewer, const std::string&) {
    if (!month.empty() && !month_of(month)) return fail("bad_month");
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        json::array items;
        for (const auto row : transaction.run(sql::list_sheets)) {
            const auto* lot = book.find(row.integer("lot_key"));
            if (!may_see_lot(viewer, *lot) || (row.text("state") == "draft" && !viewer.may("patrol.read"))) continue;
            if (month.empty() || row.text("month") == month) items.push_back(sheet_json(*state_, book, row, viewer));
        }
        return json::object{{"items", std::move(items)}};
    });
}

Result<json::object> PatrolService::sheet(const Uuid& id, const Viewer& viewer, const std::string& language) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        TRY_ASSIGN(rows, find_sheet(transaction, book, id, viewer));
        auto object = sheet_json(*state_, book, rows[0], viewer);
        object["rows"] = rows_json(*state_->parts.data, load_lines(transaction, rows[0].integer("sheet_key")), language);
        return object;
    });
}

Result<json::object> PatrolService::sheet_lines(const Uuid& id, const std::string& rule, const std::string& cursor, int limit, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        TRY_ASSIGN(found, find_sheet(transaction, book, id, viewer));
        ListBuilder list("SELECT l.line, l.rule, l.part, l.day, l.shift, l.promised, l.present, l.quantity, l.points, l.cents, f.finding_id, f.kind, f.found_ms, f.words, f.collector_id, c.case_id, c.case_no, c.reported_ms "
                         "FROM sheet_lines l LEFT JOIN findings f ON f.finding_key = l.finding_key LEFT JOIN cases c ON c.case_key = COALESCE(l.case_key, f.case_key)");
        list.where("l.sheet_key = :sheet_key", {"sheet_key", found[0].integer("sheet_key")});
        if (!rule.empty()) list.where("l.rule = :rule", {"rule", rule});
        if (!cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(cursor, 1));
            if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
            list.where("l.line > :after", {"after", place[0]});
        }
        const auto rows = list.order_by("l.line").limit(limit + 1).run(transaction);
        const auto count = std::min(rows.size(), static_cast<std::size_t>(limit));
        const bool names = state_->knows_collectors(viewer) || viewer.may("patrol.company");
        json::array items;
        for (std::size_t i = 0; i < count; ++i) {
            const auto row = rows[i];
            const auto* shift = parts.data->find_shift(row.text("shift"));
            json::object one{{"line", row.integer("line")}, {"rule", row.text("rule")}, {"part", row.text("part")}, {"label", rule_label(*parts.data, row.text("rule"), row.text("part"), language)}, {"day", maybe_text(row.text("day"))},
                             {"promised", row.integer("promised")}, {"present", row.integer("present")}, {"quantity", row.integer("quantity")}, {"points", row.integer("points")}, {"cents", row.integer("cents")}};
            one["shift_label"] = shift == nullptr ? json::value(nullptr) : json::value(pick(language, shift->zh, shift->en));
            one["finding_id"] = row.is_null("finding_id") ? json::value(nullptr) : json::value(format_uuid(uuid_at(row, "finding_id")));
            one["words"] = maybe_text(row.text_or_empty("words"));
            one["collector_name"] = row.is_null("collector_id") || !names ? json::value(nullptr) : json::value(state_->person_name(uuid_at(row, "collector_id")));
            const auto number = row.text_or_empty("case_no");
            const auto case_id = row.is_null("case_id") ? std::string() : format_uuid(uuid_at(row, "case_id"));
            one["case_id"] = maybe_text(case_id);
            one["case_name"] = maybe_text(number.empty() ? case_id.substr(0, 8) : number);
            one["at"] = row.is_null("found_ms") ? maybe_instant(row.maybe_integer("reported_ms")) : maybe_instant(row.maybe_integer("found_ms"));
            items.push_back(std::move(one));
        }
        json::value next = nullptr;
        if (rows.size() > count) next = storage::encode_cursor({rows[count - 1].integer("line")});
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<json::object> PatrolService::confirm_sheet(const Uuid& id, std::int64_t version, const Viewer& viewer, const std::string& language) {
    const auto now = state_->parts.clock.now_ms();
    TRY(state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto book = load_lots(transaction);
        TRY_ASSIGN(rows, find_sheet(transaction, book, id, viewer));
        const auto row = rows[0];
        if (row.text("state") == "confirmed") {
            if (uuid_at(row, "confirmed_by") == viewer.person_id && row.integer("version") == version) return {}; // sent again
            return fail("sheet_confirmed");
        }
        if (row.integer("version") != version) return fail("stale_sheet");
        if (uuid_at(row, "made_by") == viewer.person_id) return fail("sheet_own");
        const auto month = month_of(row.text("month"));
        if (now < month->to_ms) return fail("month_not_over");
        const auto* lot = book.find(row.integer("lot_key"));
        if (auto settled = check_settled(transaction, *lot, *month, now); !settled) return settled;
        const auto lines = load_lines(transaction, row.integer("sheet_key"));
        // What has been found, withdrawn or corrected since the draft was counted belongs into it.
        const auto again = count_lines(state_->parts, transaction, book, *lot, *month, row.text("month"));
        if (sheet_text("", lot->code, row.text("month"), again) != sheet_text("", lot->code, row.text("month"), lines)) return fail("stale_sheet");
        auto compact = row.text("month");
        compact.erase(4, 1);
        const auto number = "KK-" + compact + "-" + lot->code;
        const auto changed = transaction.run(sql::confirm_sheet, {{"number", number}, {"confirmed_by", blob_of(viewer.person_id)}, {"confirmed_ms", now}, {"sm3", to_hex(sm3(sheet_text(number, lot->code, row.text("month"), lines)))},
                                                                  {"sheet_key", row.integer("sheet_key")}, {"version", version}});
        if (changed.affected == 0) return fail("stale_sheet");
        return {};
    }));
    return sheet(id, viewer, language);
}

Result<std::string> PatrolService::sheet_table(const Uuid& id, bool is_xlsx, const Viewer& viewer, const std::string& language) {
    TRY_ASSIGN(object, sheet(id, viewer, language));
    const bool is_en = language == "en";
    std::vector<std::string> header = is_en ? std::vector<std::string>{"Item", "Quantity", "Points", "Money"} : std::vector<std::string>{"项目", "数量", "扣分", "金额（元）"};
    std::vector<std::vector<std::string>> rows;
    const auto number = [](const json::value& value) { return value.to_number<std::int64_t>(); };
    for (const auto& one : object.at("rows").as_array())
        rows.push_back({std::string(one.at("label").as_string()), std::to_string(number(one.at("quantity"))), std::to_string(number(one.at("points"))), money_text(number(one.at("cents")))});
    rows.push_back({is_en ? "Pay" : "应付合计", "", "", money_text(number(object.at("pay_cents")))});
    rows.push_back({is_en ? "Deducted" : "扣款合计", "", std::to_string(number(object.at("points"))), money_text(-number(object.at("deducted_cents")))});
    rows.push_back({is_en ? "To be paid" : "实付", "", "", money_text(number(object.at("total_cents")))});
    return table_of(is_en ? "Deduction sheet" : "扣款单", std::move(header), std::move(rows), is_xlsx, state_->parts.clock.now_ms());
}

} // namespace chengge::patrol
