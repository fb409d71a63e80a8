#include "registry/feature_list.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/spreadsheet.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "storage/list_builder.hpp"

namespace chengge::registry {

namespace {

const std::string& in(const Words& words, const std::string& language) { return language == "en" ? words.en : words.zh; }

std::string text_at(const LayerSnapshot& snapshot, std::size_t at, int field) { return field < 0 ? "" : text_of(snapshot.value(at, field)); }

// Does a feature fit? The columns are looked up once.
class Fit {
public:
    Fit(const LayerSnapshot& snapshot, const grid::GridService& grid, const FeatureFilter& filter) : snapshot_(snapshot), filter_(filter) {
        const auto& layer = snapshot.layer();
        class_ = layer.class_field.empty() ? -1 : layer.field_index(layer.class_field);
        state_ = layer.field_index("state");
        cell_ = layer.field_index("cell_code");
        community_ = layer.field_index("community_code");
        if (layer.code_rule == "cell") cell_ = 0;
        for (std::size_t i = 1; i < layer.fields.size(); ++i)
            if (layer.fields[i].is_searched && !layer.fields[i].is_restricted) searched_.push_back(static_cast<int>(i));
        if (filter.region.size() == 6)
            for (const auto& region : grid.regions())
                if (region.level == grid::RegionLevel::community && (region.managed_by_code == filter.region || region.code.starts_with(filter.region))) communities_.insert(region.code);
    }
    bool operator()(std::size_t at) const {
        if (!filter_.class_code.empty() && (class_ < 0 || !text_at(snapshot_, at, class_).starts_with(filter_.class_code))) return false;
        if (!filter_.state.empty() && text_at(snapshot_, at, state_) != filter_.state) return false;
        if (!filter_.region.empty() && !is_in_region(at)) return false;
        return filter_.words.empty() || has_words(at);
    }

private:
    bool is_in_region(std::size_t at) const {
        if (snapshot_.layer().code_rule == "region") return snapshot_.id(at).starts_with(filter_.region);
        auto place = text_at(snapshot_, at, cell_);
        if (place.empty()) place = text_at(snapshot_, at, community_);
        if (place.size() < 12) return false;
        return filter_.region.size() == 6 ? communities_.contains(place.substr(0, 12)) : place.starts_with(filter_.region);
    }
    bool has_words(std::size_t at) const {
        if (snapshot_.id(at).find(filter_.words) != std::string_view::npos) return true;
        return std::ranges::any_of(searched_, [&](int field) {
            const auto text = snapshot_.text(at, field);
            return text && text->find(filter_.words) != std::string_view::npos;
        });
    }

    const LayerSnapshot& snapshot_;
    const FeatureFilter& filter_;
    int class_ = -1, state_ = -1, cell_ = -1, community_ = -1;
    std::vector<int> searched_;
    std::set<std::string, std::less<>> communities_;
};

struct Entry {
    std::string key; // of the order; empty when that is the id's
    std::string_view id;
    std::size_t at = 0;
};

} // namespace

Result<FeaturePage> list_features(const LayerSnapshot& snapshot, const grid::GridService& grid, const FeatureFilter& filter) {
    const auto& layer = snapshot.layer();
    const bool is_down = filter.order.starts_with('-');
    const auto by = filter.order.substr(is_down ? 1 : 0);
    const int name = by == "name" ? layer.field_index(layer.name_field) : -1;
    const int changed = by == "changed" ? layer.field_index("changed_date") : -1, initial = by == "changed" ? layer.field_index("initial_date") : -1;
    const auto key_of = [&](std::size_t at) {
        if (by == "name") return text_at(snapshot, at, name);
        if (by != "changed") return std::string();
        auto date = text_at(snapshot, at, changed);
        return date.empty() ? text_at(snapshot, at, initial) : date;
    };
    const auto is_before = [&](const Entry& a, const Entry& b) {
        const int order = a.key != b.key ? (a.key < b.key ? -1 : 1) : a.id < b.id ? -1 : a.id == b.id ? 0 : 1;
        return is_down ? order > 0 : order < 0;
    };
    Entry last;
    std::string last_id;
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 2));
        if (!std::holds_alternative<std::string>(place[0]) || !std::holds_alternative<std::string>(place[1])) return fail("bad_cursor");
        last.key = std::get<std::string>(place[0]);
        last_id = std::get<std::string>(place[1]);
        last.id = last_id;
    }
    const Fit fits(snapshot, grid, filter);
    FeaturePage page;
    std::vector<Entry> found;
    const auto look = [&](std::size_t at) {
        if (!snapshot.is_there(at) || !fits(at)) return true;
        ++page.total;
        Entry entry{key_of(at), snapshot.id(at), at};
        if (last_id.empty() || is_before(last, entry)) found.push_back(std::move(entry));
        return true;
    };
    if (filter.box) snapshot.visit(*filter.box, look);
    else
        for (std::size_t at = 0; at < snapshot.slots(); ++at) look(at);
    const auto wanted = std::min(found.size(), static_cast<std::size_t>(filter.limit) + 1);
    std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(wanted), is_before);
    for (std::size_t i = 0; i < wanted && i < static_cast<std::size_t>(filter.limit); ++i) page.at.push_back(found[i].at);
    if (wanted > static_cast<std::size_t>(filter.limit)) {
        const auto& end = found[static_cast<std::size_t>(filter.limit) - 1];
        page.next_cursor = storage::encode_cursor({end.key, std::string(end.id)});
    }
    return page;
}

namespace {

std::string cell_text(const Layer& layer, std::size_t field, const Value& value, const std::string& language) {
    const auto& of = layer.fields[field];
    const auto text = text_of(value);
    if (of.kind == FieldKind::code)
        for (const auto& item : of.codes)
            if (item.code == text) return in(item.label, language);
    if (of.kind == FieldKind::flag && !text.empty()) return language == "en" ? (text == "1" ? "yes" : "no") : (text == "1" ? "是" : "否");
    return text;
}

} // namespace

std::string feature_table(const LayerSnapshot& snapshot, const std::vector<std::size_t>& at, bool is_xlsx, bool shows_restricted, const std::string& language, std::int64_t now_ms) {
    const auto& layer = snapshot.layer();
    Sheet sheet{in(layer.label, language), {}, {}};
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        if (layer.fields[i].is_restricted && !shows_restricted) continue;
        columns.push_back(i);
        sheet.header.push_back(in(layer.fields[i].label, language));
    }
    sheet.header.insert(sheet.header.end(), {language == "en" ? "Longitude" : "经度", language == "en" ? "Latitude" : "纬度"});
    for (const auto one : at) {
        std::vector<std::string> row;
        for (const auto column : columns) row.push_back(column == 0 ? std::string(snapshot.id(one)) : cell_text(layer, column, snapshot.value(one, static_cast<int>(column)), language));
        const auto geometry = snapshot.geometry(one);
        const auto place = geometry ? place_of(*geometry) : std::nullopt;
        row.push_back(place ? fmt::format("{:.7f}", place->lon) : "");
        row.push_back(place ? fmt::format("{:.7f}", place->lat) : "");
        sheet.rows.push_back(std::move(row));
    }
    return write_table(sheet, is_xlsx, now_ms);
}

json::object feature_row(const LayerSnapshot& snapshot, std::size_t at, bool shows_restricted, const std::string& language) {
    const auto& layer = snapshot.layer();
    const auto feature = snapshot.feature(at);
    auto object = to_json(layer, feature, shows_restricted, false);
    const int name = layer.field_index(layer.name_field);
    object["name"] = name < 0 ? "" : text_of(feature.values[static_cast<std::size_t>(name)]);
    if (!layer.class_field.empty()) {
        const auto code = text_of(feature.values[static_cast<std::size_t>(layer.field_index(layer.class_field))]);
        const auto* of = layer.find_class(code);
        object["class_code"] = code;
        object["class_label"] = of == nullptr ? code : in(of->label, language);
    }
    const auto place = feature.geometry ? place_of(*feature.geometry) : std::nullopt;
    object["lon"] = place ? json::value(place->lon) : json::value(nullptr);
    object["lat"] = place ? json::value(place->lat) : json::value(nullptr);
    return object;
}

namespace {

std::string_view geometry_name(GeometryKind kind) {
    constexpr std::string_view names[] = {"none", "point", "line", "polygon", "any"};
    return names[static_cast<int>(kind)];
}

json::object field_json(const Field& field, const std::string& language) {
    constexpr const char* kinds[] = {"text", "integer", "number", "date", "code", "flag"};
    constexpr const char* needs[] = {"M", "C", "O"};
    json::array codes;
    for (const auto& item : field.codes) codes.push_back(json::object{{"code", item.code}, {"label", in(item.label, language)}});
    json::object object{{"name", field.name}, {"short_name", field.short_name}, {"label", in(field.label, language)}, {"kind", kinds[static_cast<int>(field.kind)]}, {"need", needs[static_cast<int>(field.need)]},
                        {"needed_when", field.needed_when}, {"length_max", field.length_max > 0 ? field.length_max : 1000}, {"codes", std::move(codes)}, {"filled_with", field.filled_with},
                        {"is_searched", field.is_searched}, {"is_in_tiles", field.is_in_tiles}, {"is_restricted", field.is_restricted}};
    const bool is_bounded = field.least != 0 || field.most != 0;
    object["least"] = is_bounded ? json::value(field.least) : json::value(nullptr);
    object["most"] = is_bounded ? json::value(field.most) : json::value(nullptr);
    return object;
}

} // namespace

json::object layer_json(const Layer& layer, const LayerSnapshot& snapshot, bool with_fields, const std::string& language) {
    json::object object{{"id", layer.id}, {"label", in(layer.label, language)}, {"group", in(layer.group, language)}, {"geometry", geometry_name(layer.geometry)}, {"count", static_cast<std::int64_t>(snapshot.size())},
                        {"version", snapshot.version()}, {"changed_at", snapshot.version() > 0 ? json::value(format_rfc3339(snapshot.changed_ms())) : json::value(nullptr)}, {"zoom_min", layer.zoom_min},
                        {"is_published", layer.is_published}, {"is_kept_by_grid", layer.kept_by == "grid"}};
    if (snapshot.size() > 0) {
        const auto box = snapshot.bounds();
        object["bbox"] = box.west > box.east ? json::value(nullptr) : json::value(json::array{box.west, box.south, box.east, box.north});
    } else {
        object["bbox"] = nullptr;
    }
    if (!with_fields) return object;
    object["code_rule"] = layer.code_rule;
    object["id_field"] = layer.id_field;
    object["name_field"] = layer.name_field;
    object["class_field"] = layer.class_field;
    object["accuracy_m"] = layer.accuracy_m;
    object["style"] = layer.style;
    json::array fields, classes;
    for (const auto& field : layer.fields) fields.push_back(field_json(field, language));
    std::map<std::string_view, std::int64_t> counts;
    const int class_at = layer.class_field.empty() ? -1 : layer.field_index(layer.class_field);
    if (class_at >= 0)
        for (std::size_t at = 0; at < snapshot.slots(); ++at)
            if (snapshot.is_there(at))
                if (const auto code = snapshot.text(at, class_at)) ++counts[*code];
    for (const auto& one : layer.classes)
        classes.push_back(json::object{{"code", one.code}, {"label", in(one.label, language)}, {"major_code", one.major_code}, {"major_label", in(one.major_label, language)}, {"geometry", geometry_name(one.geometry)},
                                       {"accuracy_m", one.accuracy_m}, {"style", one.style}, {"count", counts.contains(one.code) ? counts[one.code] : 0}});
    object["fields"] = std::move(fields);
    object["classes"] = std::move(classes);
    return object;
}

} // namespace chengge::registry
