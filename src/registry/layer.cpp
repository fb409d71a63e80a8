// data/registry/*.json → layers, every fault with file, place and reason.
#include "registry/layer.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/csv.hpp"

namespace chengge::registry {

namespace files = std::filesystem;

namespace {

constexpr std::string_view filled_with_names[] = {"cell_code", "community_code", "subdistrict_code", "district_code", "community_name", "subdistrict_name", "district_name",
                                                  "class_name", "code_2013", "initial_date", "changed_date"};

std::optional<GeometryKind> parse_geometry(std::string_view text) {
    if (text == "none") return GeometryKind::none;
    if (text == "point") return GeometryKind::point;
    if (text == "line") return GeometryKind::line;
    if (text == "polygon") return GeometryKind::polygon;
    if (text == "any") return GeometryKind::any;
    return std::nullopt;
}

std::optional<FieldKind> parse_kind(std::string_view text) {
    if (text == "text") return FieldKind::text;
    if (text == "integer") return FieldKind::integer;
    if (text == "number") return FieldKind::number;
    if (text == "date") return FieldKind::date;
    if (text == "code") return FieldKind::code;
    if (text == "flag") return FieldKind::flag;
    return std::nullopt;
}

std::optional<Need> parse_need(std::string_view text) {
    if (text == "M") return Need::mandatory;
    if (text == "C") return Need::conditional;
    if (text == "O") return Need::optional;
    return std::nullopt;
}

std::optional<double> metres_of(std::string_view grade) {
    if (grade == "A") return 0.5;
    if (grade == "B") return 1;
    if (grade == "C") return 10;
    return std::nullopt;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 40 && text[0] >= 'a' && text[0] <= 'z' &&
           std::ranges::all_of(text, [](char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_'; });
}

bool is_short_name(std::string_view text) {
    return !text.empty() && text.size() <= 10 && text[0] >= 'A' && text[0] <= 'Z' &&
           std::ranges::all_of(text, [](char letter) { return (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_'; });
}

bool is_code_rule(std::string_view text) {
    if (text == "component" || text == "cell" || text == "region") return true;
    return !text.empty() && text.size() <= 6 && std::ranges::all_of(text, [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

// One object of a file, read member by member; what nobody asked for is a fault too.
class Part {
public:
    Part(const json::object& object, std::string file, std::string place, std::vector<Words>& faults)
        : object_(object), file_(std::move(file)), place_(std::move(place)), faults_(faults) {}

    void fault(std::string_view member, const Words& why) const {
        const auto at = file_ + " " + place_ + (member.empty() ? "" : (place_.empty() ? "" : ".") + std::string(member));
        faults_.push_back({at + "：" + why.zh, at + ": " + why.en});
    }
    const json::value* find(std::string_view member) {
        asked_.insert(std::string(member));
        return object_.if_contains(member);
    }
    std::string text(std::string_view member, bool is_needed = false) {
        const auto* value = find(member);
        if (value != nullptr && value->is_string()) return std::string(value->as_string());
        if (value != nullptr) fault(member, {"须为文字", "must be a text"});
        else if (is_needed) fault(member, {"缺少", "is missing"});
        return "";
    }
    double number(std::string_view member, double otherwise = 0) {
        const auto* value = find(member);
        if (value == nullptr) return otherwise;
        if (value->is_number()) return value->to_number<double>();
        fault(member, {"须为数字", "must be a number"});
        return otherwise;
    }
    bool flag(std::string_view member) {
        const auto* value = find(member);
        if (value == nullptr) return false;
        if (value->is_bool()) return value->as_bool();
        fault(member, {"须为 true 或 false", "must be true or false"});
        return false;
    }
    Words words(std::string_view member) {
        const auto* value = find(member);
        const auto* both = value == nullptr ? nullptr : value->if_object();
        const auto* zh = both == nullptr ? nullptr : both->if_contains("zh");
        const auto* en = both == nullptr ? nullptr : both->if_contains("en");
        if (zh != nullptr && en != nullptr && zh->is_string() && en->is_string() && !zh->as_string().empty() && !en->as_string().empty())
            return {std::string(zh->as_string()), std::string(en->as_string())};
        fault(member, {"须有中文和英文 {\"zh\", \"en\"}", "must have both zh and en"});
        return {};
    }
    template <class Kind>
    Kind choice(std::string_view member, std::optional<Kind> (*parse)(std::string_view), const char* choices, Kind otherwise) {
        const auto* value = find(member);
        if (value == nullptr) return otherwise;
        if (const auto parsed = value->is_string() ? parse(value->as_string()) : std::nullopt) return *parsed;
        fault(member, {std::string("须为 ") + choices + " 之一", std::string("must be one of ") + choices});
        return otherwise;
    }
    void refuse_others() const {
        for (const auto& [name, value] : object_)
            if (!asked_.contains(std::string(name))) fault(std::string_view(name), {"没有这个成员", "is not known"});
    }

private:
    const json::object& object_;
    std::string file_, place_;
    std::vector<Words>& faults_;
    std::set<std::string, std::less<>> asked_;
};

struct Loader {
    std::vector<Words> faults;
    std::vector<FeatureClass> classes; // of the taxonomy's 2026 components
    std::map<std::string, std::string> majors_en; // their major classes in English, by code

    void fault(const std::string& file, const Words& why) { faults.push_back({file + "：" + why.zh, file + ": " + why.en}); }

    std::vector<CodeItem> read_codes(const json::value& value, const std::string& file, const std::string& place) {
        std::vector<CodeItem> codes;
        const auto* list = value.if_array();
        if (list == nullptr) {
            faults.push_back({file + " " + place + "：须为列表", file + " " + place + ": must be a list"});
            return codes;
        }
        std::set<std::string> seen;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const auto at = place + "[" + std::to_string(i) + "]";
            const auto* object = (*list)[i].if_object();
            if (object == nullptr) {
                faults.push_back({file + " " + at + "：须为对象", file + " " + at + ": must be an object"});
                continue;
            }
            Part part(*object, file, at, faults);
            CodeItem item{part.text("code", true), part.words("label")};
            part.refuse_others();
            if (!seen.insert(item.code).second) part.fault("code", {"代码 " + item.code + " 重复", "the code " + item.code + " stands twice"});
            codes.push_back(std::move(item));
        }
        return codes;
    }

    Field read_field(const json::object& object, const std::string& file, const std::string& place) {
        Part part(object, file, place, faults);
        Field field;
        field.name = part.text("name", true);
        field.short_name = part.text("short_name", true);
        if (!is_name(field.name)) part.fault("name", {"须为小写字母、数字、下划线", "must be lower-case letters, digits and underscores"});
        if (!is_short_name(field.short_name)) part.fault("short_name", {"须为至多 10 个大写字母或数字", "must be at most 10 capital letters or digits"});
        field.label = part.words("label");
        field.kind = part.choice("kind", parse_kind, "text, integer, number, date, code, flag", FieldKind::text);
        field.need = part.choice("need", parse_need, "M, C, O", Need::optional);
        field.needed_when = part.text("needed_when");
        if ((field.need == Need::conditional) != !field.needed_when.empty()) part.fault("needed_when", {"条件必选（C）要写条件，其余不写", "belongs to fields with need C and to those alone"});
        field.length_max = static_cast<int>(part.number("length_max"));
        if (field.length_max < 0 || field.length_max > 10'000) part.fault("length_max", {"须为 0 到 10000", "must be 0 to 10000"});
        field.least = part.number("least");
        field.most = part.number("most");
        if (field.least > field.most) part.fault("least", {"下限大于上限", "is above most"});
        if (const auto* codes = part.find("codes")) field.codes = read_codes(*codes, file, place + ".codes");
        if ((field.kind == FieldKind::code) != !field.codes.empty()) part.fault("codes", {"代码字段要有代码表，其余不写", "belongs to fields of kind code and to those alone"});
        field.filled_with = part.text("filled_with");
        if (!field.filled_with.empty() && std::ranges::find(filled_with_names, field.filled_with) == std::end(filled_with_names))
            part.fault("filled_with", {"系统不会填写 " + field.filled_with, field.filled_with + " is nothing that is filled in"});
        field.is_searched = part.flag("is_searched");
        field.is_in_tiles = part.flag("is_in_tiles");
        field.is_restricted = part.flag("is_restricted");
        part.refuse_others();
        return field;
    }

    void read_fields(Part& part, Layer& layer, const std::string& file) {
        const auto* value = part.find("fields");
        const auto* list = value == nullptr ? nullptr : value->if_array();
        if (list == nullptr || list->empty()) return part.fault("fields", {"须为字段列表", "must be a list of fields"});
        std::set<std::string> names, short_names;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const auto place = "fields[" + std::to_string(i) + "]";
            const auto* object = (*list)[i].if_object();
            if (object == nullptr) {
                part.fault(place, {"须为对象", "must be an object"});
                continue;
            }
            layer.fields.push_back(read_field(*object, file, place));
            const auto& field = layer.fields.back();
            if (!names.insert(field.name).second) part.fault(place, {"字段 " + field.name + " 重复", "the field " + field.name + " stands twice"});
            if (!short_names.insert(field.short_name).second) part.fault(place, {"缩写 " + field.short_name + " 重复", "the short name " + field.short_name + " stands twice"});
        }
    }

    // Fields name each other: the id first, name, class, conditions.
    static void check_names(const Part& part, const Layer& layer) {
        const auto needs = [&](const char* member, const std::string& name) {
            if (!name.empty() && layer.find_field(name) == nullptr) part.fault(member, {"没有字段 " + name, "there is no field " + name});
        };
        if (layer.fields.empty() || layer.fields.front().name != layer.id_field) part.fault("id_field", {"第一个字段须为 " + layer.id_field, "the first field must be " + layer.id_field});
        needs("name_field", layer.name_field);
        needs("class_field", layer.class_field);
        for (const auto& field : layer.fields) {
            if (field.needed_when.empty() || field.needed_when == "changed") continue;
            const auto equals = field.needed_when.find('=');
            if (equals == std::string::npos || layer.find_field(field.needed_when.substr(0, equals)) == nullptr)
                part.fault("fields." + field.name, {"条件须为 changed 或 字段=值", "the condition must be changed or field=value"});
        }
    }

    void read_classes(Part& part, Layer& layer) {
        const auto* value = part.find("classes");
        if ((value != nullptr) != !layer.class_field.empty()) return part.fault("classes", {"与 class_field 同有同无", "goes with class_field"});
        if (value == nullptr) return;
        const auto* object = value->if_object();
        const auto* taxonomy = object == nullptr ? nullptr : object->if_contains("taxonomy");
        const auto* table = object == nullptr ? nullptr : object->if_contains("table");
        if (taxonomy == nullptr || *taxonomy != json::value("2026/component") || table == nullptr || *table != json::value("component_classes.csv"))
            return part.fault("classes", {"须为 2026/component 与 component_classes.csv", "must name 2026/component and component_classes.csv"});
        layer.classes = classes;
    }

    struct Ordered {
        Layer layer;
        double order = 0;
    };

    std::optional<Ordered> read_layer(const std::string& path, const std::string& file) {
        auto loaded = load_json(path);
        if (!loaded) {
            fault(file, {loaded.error().facts["reason"], loaded.error().facts["reason"]});
            return std::nullopt;
        }
        const auto* object = loaded->if_object();
        if (object == nullptr) {
            fault(file, {"须为对象", "must be an object"});
            return std::nullopt;
        }
        Part part(*object, file, "", faults);
        Ordered made;
        auto& layer = made.layer;
        layer.id = part.text("id", true);
        if (layer.id + ".json" != file.substr(file.rfind('/') + 1)) part.fault("id", {"须与文件名相同", "must be the file's name"});
        made.order = part.number("order", 1000);
        layer.label = part.words("label");
        layer.group = part.words("group");
        layer.geometry = part.choice("geometry", parse_geometry, "none, point, line, polygon, any", GeometryKind::point);
        layer.code_rule = part.text("code_rule", true);
        if (!is_code_rule(layer.code_rule)) part.fault("code_rule", {"须为 component、cell、region 或至多 6 个大写字母", "must be component, cell, region or at most 6 capital letters"});
        if (const auto id_field = part.text("id_field"); !id_field.empty()) layer.id_field = id_field;
        layer.name_field = part.text("name_field");
        layer.class_field = part.text("class_field");
        read_classes(part, layer);
        read_fields(part, layer, file);
        layer.accuracy_m = part.number("accuracy_m");
        layer.zoom_min = static_cast<int>(part.number("zoom_min"));
        if (layer.zoom_min < 0 || layer.zoom_min > 18) part.fault("zoom_min", {"须为 0 到 18", "must be 0 to 18"});
        if (const auto* style = part.find("style"); style != nullptr && style->is_object()) layer.style = style->as_object();
        else part.fault("style", {"缺少样式", "is missing"});
        for (auto [member, permission] : {std::pair("read_permission", &layer.read_permission), {"edit_permission", &layer.edit_permission}, {"publish_permission", &layer.publish_permission}})
            if (auto said = part.text(member); !said.empty()) *permission = std::move(said);
        layer.is_published = part.flag("is_published");
        layer.is_public = part.flag("is_public");
        if (layer.is_public && !layer.is_published) part.fault("is_public", {"须同时写 is_published", "needs is_published"});
        layer.kept_by = part.text("kept_by");
        if (!layer.kept_by.empty() && layer.kept_by != "grid") part.fault("kept_by", {"须为 grid 或不写", "must be grid or absent"});
        part.refuse_others();
        check_names(part, layer);
        return made;
    }

    // What the major classes are called in English; a city's table may do without.
    void load_major_classes(const std::string& path, const std::string& file) {
        if (!files::exists(path)) return;
        const auto table = load_csv(path);
        if (!table) return fault(file, {table.error().facts.at("reason"), table.error().facts.at("reason")});
        const int edition = table->column("edition"), kind = table->column("kind"), code = table->column("code"), name_en = table->column("name_en");
        if (edition < 0 || kind < 0 || code < 0) return fault(file, {"缺少列", "columns are missing"});
        for (const auto& row : table->rows) {
            const auto field = [&](int column) { return row.fields[static_cast<std::size_t>(column)]; };
            if (name_en >= 0 && field(edition) == "2026" && field(kind) == "component") majors_en.insert_or_assign(field(code), field(name_en));
        }
    }

    // Rows of the taxonomy; the overlay's replace rows of the same code.
    void load_taxonomy(const std::string& path, const std::string& file) {
        if (!files::exists(path)) return;
        const auto table = load_csv(path);
        if (!table) return fault(file, {table.error().facts.at("reason"), table.error().facts.at("reason")});
        const int edition = table->column("edition"), kind = table->column("kind"), code = table->column("code"), name = table->column("name"), name_en = table->column("name_en"),
                  major = table->column("major_code"), major_name = table->column("major_name");
        if (edition < 0 || kind < 0 || code < 0 || name < 0 || major < 0 || major_name < 0) return fault(file, {"缺少列", "columns are missing"});
        for (const auto& row : table->rows) {
            const auto field = [&](int column) { return column < 0 ? std::string() : row.fields[static_cast<std::size_t>(column)]; };
            if (field(edition) != "2026" || field(kind) != "component") continue;
            FeatureClass one;
            one.code = field(code);
            one.label = {field(name), field(name_en).empty() ? field(name) : field(name_en)};
            one.major_code = field(major);
            const auto major_en = majors_en.find(one.major_code);
            one.major_label = {field(major_name), major_en == majors_en.end() || major_en->second.empty() ? field(major_name) : major_en->second};
            one.accuracy_m = 1;
            const auto old = std::ranges::find(classes, one.code, &FeatureClass::code);
            if (old == classes.end()) classes.push_back(std::move(one));
            else *old = std::move(one);
        }
    }

    void load_class_table(const std::string& path, const std::string& file) {
        if (!files::exists(path)) return;
        const auto table = load_csv(path);
        if (!table) return fault(file, {table.error().facts.at("reason"), table.error().facts.at("reason")});
        if (table->header != std::vector<std::string>{"code", "geometry", "accuracy", "symbol", "colour"})
            return fault(file, {"列须为 code,geometry,accuracy,symbol,colour", "the columns must be code,geometry,accuracy,symbol,colour"});
        for (const auto& row : table->rows) {
            const auto at = file + ":" + std::to_string(row.line);
            const auto one = std::ranges::find(classes, row.fields[0], &FeatureClass::code);
            const auto geometry = parse_geometry(row.fields[1]);
            const auto accuracy = metres_of(row.fields[2]);
            if (one == classes.end()) fault(at, {"没有小类 " + row.fields[0], "there is no class " + row.fields[0]});
            else if (!geometry || *geometry == GeometryKind::none || *geometry == GeometryKind::any) fault(at, {"几何须为 point、line 或 polygon", "the geometry must be point, line or polygon"});
            else if (!accuracy) fault(at, {"精度须为 A、B 或 C", "the accuracy must be A, B or C"});
            else {
                one->geometry = *geometry;
                one->accuracy_m = *accuracy;
                one->style = json::object{{"symbol", row.fields[3]}, {"colour", row.fields[4]}};
            }
        }
    }
};

std::vector<std::string> layer_files(const std::string& folder) {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : files::directory_iterator(folder, error))
        if (entry.path().extension() == ".json") found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
}

} // namespace

const Field* Layer::find_field(std::string_view name) const {
    const int index = field_index(name);
    return index < 0 ? nullptr : &fields[static_cast<std::size_t>(index)];
}

int Layer::field_index(std::string_view name) const {
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields[i].name == name) return static_cast<int>(i);
    return -1;
}

const FeatureClass* Layer::find_class(std::string_view code) const {
    const auto found = std::ranges::lower_bound(classes, code, {}, &FeatureClass::code);
    return found == classes.end() || found->code != code ? nullptr : &*found;
}

LoadedLayers load_layers(const std::string& data, const std::string& overlay) {
    Loader loader;
    std::vector<std::pair<std::string, std::string>> folders{{data, "data"}};
    if (!overlay.empty()) folders.emplace_back(overlay, "overlay");
    for (const auto& [folder, name] : folders) loader.load_major_classes(folder + "/taxonomy/major_classes.csv", name + "/taxonomy/major_classes.csv");
    for (const auto& [folder, name] : folders) loader.load_taxonomy(folder + "/taxonomy/classes_2026.csv", name + "/taxonomy/classes_2026.csv");
    for (const auto& [folder, name] : folders) loader.load_class_table(folder + "/registry/component_classes.csv", name + "/registry/component_classes.csv");
    std::ranges::sort(loader.classes, {}, &FeatureClass::code);
    std::map<std::string, Loader::Ordered> layers;
    for (const auto& [folder, name] : folders)
        for (const auto& file : layer_files(folder + "/registry"))
            if (auto one = loader.read_layer(folder + "/registry/" + file, name + "/registry/" + file)) layers.insert_or_assign(one->layer.id, std::move(*one));
    std::map<std::string, std::string> prefixes;
    for (const auto& [id, one] : layers)
        if (const auto [other, is_new] = prefixes.emplace(one.layer.code_rule, id); !is_new)
            loader.fault(id + ".json", {"编码规则 " + one.layer.code_rule + " 已用于 " + other->second, "the code rule " + one.layer.code_rule + " is that of " + other->second});
    if (layers.empty()) loader.fault("data/registry", {"没有图层文件", "there is no layer file"});
    LoadedLayers answer{nullptr, std::move(loader.faults)};
    if (!answer.faults.empty()) return answer;
    std::vector<Loader::Ordered> ordered;
    for (auto& [id, one] : layers) ordered.push_back(std::move(one));
    std::ranges::stable_sort(ordered, {}, &Loader::Ordered::order);
    auto made = std::make_shared<std::vector<Layer>>();
    for (auto& one : ordered) made->push_back(std::move(one.layer));
    answer.layers = std::move(made);
    return answer;
}

} // namespace chengge::registry
