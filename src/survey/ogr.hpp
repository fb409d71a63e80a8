// GDAL's ogr2ogr and ogrinfo as subprocesses without rights. A format is read and written by its one driver; every other
// driver is off, so that a file cannot name another format, another file or an address.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::survey {

enum class Format { shapefile, geopackage, geojson, dxf, kml, csv };

// "shp", "gpkg", "geojson", "dxf", "kml", "csv".
std::optional<Format> parse_format(std::string_view text);
std::string_view format_name(Format format);
// By a file's first bytes, its name deciding between texts; nothing when it is none of ours. A zip is a shapefile's.
std::optional<Format> sniff_format(std::string_view head, std::string_view file_name);

struct SourceLayer {
    std::string name;
    std::string geometry; // as GDAL says: "3D Point", "Multi Polygon", "None", "Unknown (any)", …
    std::int64_t features = 0;
    std::string crs; // WKT; empty when the file does not say
};

struct OgrOptions {
    std::function<bool()> is_stopped;
    int wall_seconds = 1200;
    std::int64_t memory_bytes = std::int64_t{3} << 30;
    std::int64_t file_bytes = std::int64_t{8} << 30;
};

// Finds the programs and asks them once for their drivers, a fifth of a second; else the first who needs them does.
void find_readers();

// Both look at a file inside `folder`, which holds nothing else that matters. Refusals, each a sentence for a person:
// gdal_missing; survey_file_broken (reason); survey_out_of_time, survey_out_of_memory, survey_too_large, survey_stopped; storage_full.
Result<std::vector<SourceLayer>> list_layers(const std::string& folder, const std::string& file, Format format, const OgrOptions& options);

// Every feature of a layer as CSV with a first column WKT, coordinates and bytes of texts as they are in the file.
// Nothing is converted to another coordinate system. Heights are dropped, curves become lines.
Result<void> to_csv(const std::string& folder, const std::string& file, Format format, const std::string& layer, const std::string& out, const OgrOptions& options);

struct WriteTarget {
    Format format = Format::geopackage;
    std::string file;       // inside the folder
    std::string layer_name; // ASCII
    std::string crs;        // "EPSG:…" or empty: the file says nothing
    std::string encoding = "UTF-8"; // of shapefiles
    std::string geometry;   // POINT, LINESTRING, POLYGON, MULTIPOLYGON, … or empty: any
    bool has_geometry = true;
};

// A CSV with a column WKT and a .csvt beside it as a file of the format.
Result<void> from_csv(const std::string& folder, const std::string& csv, const WriteTarget& target, const OgrOptions& options);

} // namespace chengge::survey
