// What a layer is, as data/registry/*.json say it: geometry, typed fields, code lists, style, who may see and edit.
// A new layer is a file; table, form, import, search, style and tiles follow from it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/words.hpp"

namespace chengge::registry {

enum class GeometryKind { none, point, line, polygon, any };
// `code`: one of a list. `date`: 2026-01-01. `flag`: yes or no.
enum class FieldKind { text, integer, number, date, code, flag };
// GB/T 47678.7 §4.8: M must be there, C must be there when a condition holds, O may.
enum class Need { mandatory, conditional, optional };

struct CodeItem {
    std::string code;
    Words label;
};

struct Field {
    std::string name;       // snake_case: JSON key, column of GeoPackage, GeoJSON, CSV
    std::string short_name; // at most 10 ASCII letters: the standard's abbreviation, column of a shapefile
    Words label;
    FieldKind kind = FieldKind::text;
    Need need = Need::optional;
    std::string needed_when;  // of conditional: "field=value", or "changed" (not at the first survey)
    int length_max = 0;       // characters of a text; 0 = 1,000
    double least = 0, most = 0; // of numbers; both 0 = any
    std::vector<CodeItem> codes;
    // What the registry fills in itself when empty and checks when not: cell_code, community_code, subdistrict_code,
    // district_code and the three names, class_name, code_2013, initial_date, changed_date; empty = typed in.
    std::string filled_with;
    bool is_searched = false; // by words, in lists and suggestions
    bool is_in_tiles = false;
    bool is_restricted = false; // only for who may edit the layer
};

// Of layers whose features are of classes (the 153 component classes): geometry and accuracy of one class.
struct FeatureClass {
    std::string code, major_code;
    Words label, major_label;
    GeometryKind geometry = GeometryKind::point;
    double accuracy_m = 0; // A 0.5, B 1, C 10; 0 = the layer's
    json::object style;
};

struct Layer {
    std::string id; // components, heritage_trees, …
    Words label;
    Words group; // heading in the layer tree
    GeometryKind geometry = GeometryKind::point;
    // How a feature is named: "component" (6+2+3+6 digits), "cell" (15), "region" (2–12 digits) or a prefix of letters
    // followed by the county's six digits and a sequence of six.
    std::string code_rule;
    std::string id_field = "id";
    std::string name_field;    // what a feature is called in lists and on the map; may be empty
    std::string class_field;   // empty: no classes
    std::vector<FeatureClass> classes;
    std::vector<Field> fields; // the id field first
    double accuracy_m = 0;     // position accuracy asked for; 0 = none
    int zoom_min = 0;          // of its tiles
    json::object style;        // shape, colours, line width, label field: docs in data/registry/README.md
    std::string read_permission = "registry.read", edit_permission = "registry.edit", publish_permission = "registry.publish";
    bool is_published = false; // also in the open interfaces (OGC API)
    bool is_public = false;    // there also without signing in; restricted fields stay out
    std::string kept_by;       // "grid": cells and regions, whose rows in force are the grid module's

    const Field* find_field(std::string_view name) const;
    int field_index(std::string_view name) const; // −1 when there is none
    const FeatureClass* find_class(std::string_view code) const;
};

// Every layer file of the folders, later folders (a city's overlay) replacing a layer of the same id. Refusal bad_data
// with file, place and reason of every fault.
struct LoadedLayers {
    std::shared_ptr<const std::vector<Layer>> layers;
    std::vector<Words> faults; // the layers are there only when this is empty
};

// data/registry/*.json with the city's overlay/registry/ laid over them; classes from taxonomy/ and
// component_classes.csv of both. `overlay` may be empty.
LoadedLayers load_layers(const std::string& data, const std::string& overlay);

} // namespace chengge::registry
