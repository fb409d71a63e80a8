#include "cases/case_bodies.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge::cases {

using http::Request;

namespace {

constexpr std::size_t description_max = 2000;

Result<std::vector<Uuid>> read_ids(const JsonReader& reader, const char* name) {
    std::vector<Uuid> ids;
    const auto* value = reader.find(name);
    if (value == nullptr) return ids;
    if (!value->is_array()) return fail("bad_member", {{"member", name}, {"reason", "must be a list of ids"}});
    for (const auto& item : value->get_array()) {
        const auto id = item.is_string() ? parse_uuid(std::string(item.get_string())) : std::nullopt;
        if (!id) return fail("bad_member", {{"member", name}, {"reason", "must be a list of ids"}});
        ids.push_back(*id);
    }
    return ids;
}

Result<Uuid> read_id(const std::string& text, const char* name) {
    const auto id = parse_uuid(text);
    if (!id || id->is_nil()) return fail("bad_member", {{"member", name}, {"reason", "must be a UUID"}});
    return *id;
}

Result<std::optional<std::int64_t>> read_instant(JsonReader& reader, const char* name) {
    const auto text = reader.maybe_text(name, 40);
    if (!text) return std::optional<std::int64_t>();
    const auto at = parse_instant(*text);
    if (!at) return fail("bad_member", {{"member", name}, {"reason", "must be an RFC 3339 instant"}});
    return std::optional<std::int64_t>(*at);
}

Result<std::optional<geo::Box>> read_box(const Request& request) {
    const auto text = request.query_value("bbox");
    if (!text) return std::optional<geo::Box>();
    const auto parts = split(*text, ',');
    double values[4];
    if (parts.size() != 4) return fail("bad_query_value", {{"name", "bbox"}});
    for (int i = 0; i < 4; ++i) {
        const auto& part = parts[static_cast<std::size_t>(i)];
        const auto parsed = std::from_chars(part.data(), part.data() + part.size(), values[i]);
        if (parsed.ec != std::errc() || parsed.ptr != part.data() + part.size() || !std::isfinite(values[i])) return fail("bad_query_value", {{"name", "bbox"}});
    }
    if (values[0] > values[2] || values[1] > values[3]) return fail("bad_query_value", {{"name", "bbox"}});
    return std::optional<geo::Box>(geo::Box{values[0], values[1], values[2], values[3]});
}

bool is_simple_ring(const geo::Polygon& polygon) { return polygon.rings.size() == 1 && polygon.rings[0].size() >= 4 && polygon.rings[0].size() <= 501; }

bool text_is_true(const Request& request, const char* name) {
    const auto text = request.query_value(name).value_or("");
    return text == "true" || text == "1";
}

} // namespace

Result<NewReport> read_report(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewReport report;
    const auto id = reader.text("case_id", 36);
    report.lon = reader.number("lon");
    report.lat = reader.number("lat");
    report.coord_type = reader.text("coord_type", 16);
    report.description = std::string(trim(reader.text("description", description_max)));
    report.address = reader.maybe_text("address", 200).value_or("");
    report.edition = reader.maybe_text("edition", 8).value_or("");
    report.kind = reader.maybe_text("kind", 16).value_or("");
    report.class_code = reader.maybe_text("class_code", 8).value_or("");
    report.filing_row = reader.maybe_text("filing_row", 60).value_or("");
    report.asset_id = reader.maybe_text("asset_id", 40).value_or("");
    report.source = reader.text("source", 32);
    report.level = reader.maybe_text("level", 16).value_or("");
    report.is_simple = reader.flag("simple", false);
    if (const auto* contact = reader.find("contact")) {
        JsonReader inner(*contact);
        report.contact = Contact{inner.maybe_text("name", 60).value_or(""), inner.maybe_text("phone", 30).value_or(""), inner.flag("public", false), inner.flag("call_back", false)};
        if (inner.error()) return tl::unexpected(*inner.error());
    }
    TRY_ASSIGN(observed, read_instant(reader, "observed_at"));
    report.observed_ms = observed;
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(case_id, read_id(id, "case_id"));
    report.case_id = case_id;
    TRY_ASSIGN(media, read_ids(reader, "media"));
    report.media = media;
    return report;
}

Result<NewStep> read_step(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    return read_step(value);
}

Result<std::vector<BatchStep>> read_batch(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    const auto* items = reader.find("items");
    if (items == nullptr || !items->is_array() || items->get_array().empty() || items->get_array().size() > batch_steps_max)
        return fail("bad_member", {{"member", "items"}, {"reason", "must be a list of at most 100 steps"}});
    std::vector<BatchStep> batch;
    for (const auto& item : items->get_array()) {
        JsonReader one(item);
        BatchStep step{one.text("case_id", 40), {}};
        const auto* inner = one.find("step");
        if (inner == nullptr) one.refuse("step", "is missing");
        if (one.error()) return tl::unexpected(*one.error());
        TRY_ASSIGN(parsed, read_step(*inner));
        step.step = parsed;
        batch.push_back(std::move(step));
    }
    return batch;
}

Result<NewStep> read_step(const json::value& value) {
    JsonReader reader(value);
    NewStep step;
    const auto id = reader.text("step_id", 36);
    step.action = reader.text("action", 40);
    step.version = reader.integer("version");
    step.opinion = std::string(trim(reader.maybe_text("opinion", description_max).value_or("")));
    step.filing_row = reader.maybe_text("filing_row", 60).value_or("");
    step.edition = reader.maybe_text("edition", 8).value_or("");
    step.kind = reader.maybe_text("kind", 16).value_or("");
    step.class_code = reader.maybe_text("class_code", 8).value_or("");
    if (const auto* subject = reader.find("subject")) {
        JsonReader inner(*subject);
        step.subject_kind = inner.text("kind", 16);
        const auto subject_id = inner.text("id", 36);
        if (inner.error()) return tl::unexpected(*inner.error());
        static const std::set<std::string> kinds{"case", "assignment", "task", "request"};
        if (!kinds.contains(step.subject_kind)) return fail("subject_unknown");
        if (step.subject_kind != "case") {
            TRY_ASSIGN(parsed, read_id(subject_id, "subject"));
            step.subject_id = parsed;
        }
    }
    if (const auto* assisting = reader.find("assisting")) {
        if (!assisting->is_array() || assisting->get_array().size() > 8) return fail("bad_member", {{"member", "assisting"}, {"reason", "must be a list of at most 8 organisations"}});
        for (const auto& item : assisting->get_array()) {
            if (!item.is_string() || item.get_string().size() > 80) return fail("bad_member", {{"member", "assisting"}, {"reason", "must be a list of at most 8 organisations"}});
            step.assisting.emplace_back(item.get_string());
        }
    }
    if (const auto* place = reader.find("place"); place != nullptr && !place->is_null()) {
        JsonReader inner(*place);
        step.place = StepPlace{inner.number("lon"), inner.number("lat"), inner.text("coord_type", 16)};
        if (inner.error()) return tl::unexpected(*inner.error());
    }
    step.target = reader.maybe_text("target", 40).value_or("");
    if (const auto* receiver = reader.find("receiver")) {
        JsonReader inner(*receiver);
        step.receiver_organisation = inner.maybe_text("organisation", 80).value_or("");
        const auto person = inner.maybe_text("person", 36);
        if (inner.error()) return tl::unexpected(*inner.error());
        if (person) {
            TRY_ASSIGN(parsed, read_id(*person, "receiver"));
            step.receiver_person = parsed;
        }
    }
    TRY_ASSIGN(until, read_instant(reader, "until"));
    step.until_ms = until;
    step.supervision_level = reader.maybe_text("supervision_level", 40).value_or("");
    step.needs_reply = reader.flag("needs_reply", true);
    step.lead = reader.maybe_text("lead", 40).value_or("");
    step.return_reason = reader.maybe_text("return_reason", 40).value_or("");
    if (const auto* line = reader.find("red_line")) {
        auto shape = geo::from_geojson(*line);
        if (!shape || !std::holds_alternative<geo::Polygon>(*shape) || !is_simple_ring(std::get<geo::Polygon>(*shape))) reader.refuse("red_line", "must be a GeoJSON Polygon of at most 500 points");
        else step.red_line = std::get<geo::Polygon>(std::move(*shape));
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(step_id, read_id(id, "step_id"));
    step.step_id = step_id;
    TRY_ASSIGN(media, read_ids(reader, "media"));
    step.media = media;
    return step;
}

Result<int> read_limit(const Request& request, int otherwise) {
    const auto text = request.query_value("limit");
    if (!text) return otherwise;
    int limit = 0;
    const auto end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, limit);
    if (parsed.ec != std::errc() || parsed.ptr != end || limit < 1 || limit > 200) return fail("bad_query_value", {{"name", "limit"}});
    return limit;
}

// Absent and empty mean: whatever.
bool is_one_of(const Request& request, const char* name, std::initializer_list<std::string_view> values) {
    const auto text = request.query_value(name).value_or("");
    return text.empty() || std::find(values.begin(), values.end(), text) != values.end();
}

Result<CaseFilter> read_filter(const Request& request) {
    CaseFilter filter;
    const auto text = [&](const char* name) { return to_nfc(request.query_value(name).value_or("")); };
    const auto flag = [&](const char* name) { return text_is_true(request, name); };
    for (const auto* name : {"overdue", "open", "mine", "supervised", "simple", "disputed"})
        if (!is_one_of(request, name, {"true", "false", "1", "0"})) return fail("bad_query_value", {{"name", name}});
    if (!is_one_of(request, "order", {"newest", "oldest", "deadline", "resuming"})) return fail("bad_query_value", {{"name", "order"}});
    if (!is_one_of(request, "automatic", {"all", "wrong"})) return fail("bad_query_value", {{"name", "automatic"}});
    if (!is_one_of(request, "kind", {"component", "event"})) return fail("bad_query_value", {{"name", "kind"}});
    filter.words = std::string(take_characters(text("q"), 100));
    filter.states = split(text("state"), ',');
    filter.stages = split(text("stage"), ',');
    filter.kind = text("kind");
    filter.class_code = text("class_code");
    filter.source = text("source");
    filter.region = text("region");
    filter.organisation = text("organisation");
    filter.cursor = text("cursor");
    filter.is_overdue = flag("overdue");
    if (!text("open").empty()) filter.is_open = flag("open");
    filter.is_mine = flag("mine");
    filter.is_supervised = flag("supervised");
    filter.is_simple = flag("simple");
    filter.is_disputed = flag("disputed");
    filter.offered_to = text("offered_to");
    filter.returned_by = text("returned_by");
    filter.return_reason = text("return_reason");
    filter.automatic = text("automatic");
    filter.order = text("order").empty() ? "newest" : text("order");
    for (const auto& [name, into] : {std::pair<const char*, std::optional<std::int64_t>*>{"from", &filter.from_ms}, {"to", &filter.to_ms}, {"offered_from", &filter.offered_from_ms}, {"offered_until", &filter.offered_until_ms}}) {
        if (text(name).empty()) continue;
        *into = parse_instant(text(name));
        if (!*into) return fail("bad_query_value", {{"name", name}});
    }
    TRY_ASSIGN(box, read_box(request));
    filter.box = box;
    TRY_ASSIGN(limit, read_limit(request, 50));
    filter.limit = limit;
    return filter;
}

Result<LedgerFilter> read_ledger_filter(const Request& request) {
    LedgerFilter filter;
    if (!is_one_of(request, "order", {"newest", "oldest"})) return fail("bad_query_value", {{"name", "order"}});
    filter.is_oldest_first = request.query_value("order").value_or("") == "oldest";
    filter.state = request.query_value("state").value_or("");
    filter.organisation = request.query_value("organisation").value_or("");
    filter.cursor = request.query_value("cursor").value_or("");
    for (const auto& [name, into] : {std::pair<const char*, std::optional<std::int64_t>*>{"from", &filter.from_ms}, {"to", &filter.to_ms}}) {
        const auto text = request.query_value(name).value_or("");
        if (text.empty()) continue;
        *into = parse_instant(text);
        if (!*into) return fail("bad_query_value", {{"name", name}});
    }
    TRY_ASSIGN(limit, read_limit(request, 50));
    filter.limit = limit;
    return filter;
}

Result<Delegation> read_delegation(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Delegation wanted;
    const auto to_person = reader.text("to_person", 36);
    wanted.reason = std::string(trim(reader.text("reason", 200)));
    TRY_ASSIGN(from, read_instant(reader, "from"));
    TRY_ASSIGN(to, read_instant(reader, "to"));
    if (reader.error()) return tl::unexpected(*reader.error());
    if (!from || !to) return fail("bad_member", {{"member", "to"}, {"reason", "must be an RFC 3339 instant"}});
    TRY_ASSIGN(person, read_id(to_person, "to_person"));
    wanted.to_person = person;
    wanted.from_ms = *from;
    wanted.to_ms = *to;
    return wanted;
}

} // namespace chengge::cases
