#include "cases/case_bodies.hpp"

#include <set>

#include "base/text.hpp"
#include "http/query.hpp"

namespace chengge::cases {

using http::Request;

namespace {

constexpr std::size_t description_max = 2000;

bool is_simple_ring(const geo::Polygon& polygon) { return polygon.rings.size() == 1 && polygon.rings[0].size() >= 4 && polygon.rings[0].size() <= 501; }

} // namespace

Result<NewReport> read_report(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewReport report;
    report.case_id = reader.id("case_id");
    report.lon = reader.number("lon");
    report.lat = reader.number("lat");
    report.coord_type = reader.text("coord_type", 16);
    report.description = reader.words("description", description_max);
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
    report.observed_ms = reader.maybe_instant("observed_at");
    report.media = reader.ids("media");
    if (reader.error()) return tl::unexpected(*reader.error());
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
    step.step_id = reader.id("step_id");
    step.action = reader.text("action", 40);
    step.version = reader.integer("version");
    step.opinion = reader.maybe_words("opinion", description_max);
    step.filing_row = reader.maybe_text("filing_row", 60).value_or("");
    step.edition = reader.maybe_text("edition", 8).value_or("");
    step.kind = reader.maybe_text("kind", 16).value_or("");
    step.class_code = reader.maybe_text("class_code", 8).value_or("");
    if (const auto* subject = reader.find("subject")) {
        JsonReader inner(*subject);
        step.subject_kind = inner.text("kind", 16);
        if (step.subject_kind == "case") (void)inner.text("id", 36); // there is but one
        else step.subject_id = inner.id("id");
        if (inner.error()) return tl::unexpected(*inner.error());
        static const std::set<std::string> kinds{"case", "assignment", "task", "request"};
        if (!kinds.contains(step.subject_kind)) return fail("subject_unknown");
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
        step.receiver_person = inner.maybe_id("person");
        if (inner.error()) return tl::unexpected(*inner.error());
    }
    step.until_ms = reader.maybe_instant("until");
    step.supervision_level = reader.maybe_text("supervision_level", 40).value_or("");
    step.needs_reply = reader.flag("needs_reply", true);
    step.lead = reader.maybe_text("lead", 40).value_or("");
    step.return_reason = reader.maybe_text("return_reason", 40).value_or("");
    if (const auto* line = reader.find("red_line")) {
        auto shape = geo::from_geojson(*line);
        if (!shape || !std::holds_alternative<geo::Polygon>(*shape) || !is_simple_ring(std::get<geo::Polygon>(*shape))) reader.refuse("red_line", "must be a GeoJSON Polygon of at most 500 points");
        else step.red_line = std::get<geo::Polygon>(std::move(*shape));
    }
    step.media = reader.ids("media");
    if (reader.error()) return tl::unexpected(*reader.error());
    return step;
}

Result<CaseFilter> read_filter(const Request& request) {
    CaseFilter filter;
    const auto text = [&](const char* name) { return http::query_text(request, name); };
    for (const auto& [name, into] : {std::pair<const char*, bool*>{"overdue", &filter.is_overdue}, {"mine", &filter.is_mine}, {"supervised", &filter.is_supervised}, {"simple", &filter.is_simple}, {"disputed", &filter.is_disputed}}) {
        TRY_ASSIGN(flag, http::query_flag(request, name));
        *into = flag.value_or(false);
    }
    TRY_ASSIGN(is_open, http::query_flag(request, "open"));
    TRY_ASSIGN(order, http::query_choice(request, "order", {"newest", "oldest", "deadline", "resuming"}));
    TRY_ASSIGN(automatic, http::query_choice(request, "automatic", {"all", "wrong"}));
    TRY_ASSIGN(kind, http::query_choice(request, "kind", {"component", "event"}));
    filter.words = std::string(take_characters(text("q"), 100));
    filter.states = split(text("state"), ',');
    filter.stages = split(text("stage"), ',');
    filter.kind = kind;
    filter.class_code = text("class_code");
    filter.source = text("source");
    filter.region = text("region");
    filter.organisation = text("organisation");
    filter.asset_id = text("asset_id");
    filter.cursor = text("cursor");
    filter.is_open = is_open;
    filter.offered_to = text("offered_to");
    filter.returned_by = text("returned_by");
    filter.return_reason = text("return_reason");
    filter.automatic = automatic;
    filter.order = order.empty() ? "newest" : order;
    for (const auto& [name, into] : {std::pair<const char*, std::optional<std::int64_t>*>{"from", &filter.from_ms}, {"to", &filter.to_ms}, {"offered_from", &filter.offered_from_ms}, {"offered_until", &filter.offered_until_ms}}) {
        TRY_ASSIGN(at, http::query_instant(request, name));
        *into = at;
    }
    TRY_ASSIGN(box, http::query_box(request));
    if (box) filter.box = geo::Box{(*box)[0], (*box)[1], (*box)[2], (*box)[3]};
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    filter.limit = limit;
    return filter;
}

Result<LedgerFilter> read_ledger_filter(const Request& request) {
    LedgerFilter filter;
    TRY_ASSIGN(order, http::query_choice(request, "order", {"newest", "oldest"}));
    filter.is_oldest_first = order == "oldest";
    filter.state = request.query_value("state").value_or("");
    filter.organisation = request.query_value("organisation").value_or("");
    filter.cursor = request.query_value("cursor").value_or("");
    TRY_ASSIGN(span, http::query_span(request));
    filter.from_ms = span.from_ms;
    filter.to_ms = span.to_ms;
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    filter.limit = limit;
    return filter;
}

Result<Delegation> read_delegation(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Delegation wanted;
    wanted.to_person = reader.id("to_person");
    wanted.reason = reader.words("reason", 200);
    const auto from = reader.maybe_instant("from"), to = reader.maybe_instant("to");
    if (!from || !to) reader.refuse("to", "must be an RFC 3339 instant");
    if (reader.error()) return tl::unexpected(*reader.error());
    wanted.from_ms = *from;
    wanted.to_ms = *to;
    return wanted;
}

} // namespace chengge::cases
