#include "grid/locate_report.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/text.hpp"

namespace chengge::grid {

namespace {

// A number that fills the whole field; NaN is refused further on as a place.
double to_number(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return text.empty() || *end != '\0' ? std::numeric_limits<double>::quiet_NaN() : value;
}

std::string describe(const Error& error) {
    std::string text = error.code;
    for (const auto& [name, value] : error.facts) text += fmt::format(" {}={}", name, value);
    return text;
}

} // namespace

Result<std::string> print_locate(const GridService& grid, double lon, double lat,
                                 std::string_view coord_type) {
    TRY_ASSIGN(place, grid.locate(lon, lat, coord_type));
    return fmt::format(
        "cell: {}\ncommunity: {} {}\nsubdistrict: {} {}\ndistrict: {} {}\nmanaged_by: {} {}\n"
        "lon_lat: {:.7f},{:.7f}\n",
        place.cell_code, place.community_code, place.community_name, place.subdistrict_code,
        place.subdistrict_name, place.district_code, place.district_name,
        place.managing_district_code, place.managing_district_name, place.lon, place.lat);
}

Result<std::string> print_locate_csv(const GridService& grid, std::string_view csv,
                                     const std::string& path) {
    TRY_ASSIGN(table, parse_csv(csv, path));
    const int lon = table.column("lon"), lat = table.column("lat"),
              type = table.column("coord_type");
    if (lon < 0 || lat < 0)
        return fail("bad_data",
                    {{"file", path}, {"line", "1"}, {"reason", "needs the columns lon and lat"}});
    std::string text = "lon,lat,coord_type,cell,community,subdistrict,district,managed_by,reason\n";
    for (const auto& row : table.rows) {
        const auto field = [&](int column) {
            return column < 0 ? std::string() : row.fields[static_cast<std::size_t>(column)];
        };
        const auto coord_type = field(type).empty() ? "cgcs2000" : field(type);
        const auto place = grid.locate(to_number(field(lon)), to_number(field(lat)), coord_type);
        text += fmt::format("{},{},{},", csv_field(field(lon)), csv_field(field(lat)),
                            csv_field(coord_type));
        if (place)
            text +=
                fmt::format("{},{},{},{},{},\n", place->cell_code, csv_field(place->community_name),
                            csv_field(place->subdistrict_name), csv_field(place->district_name),
                            csv_field(place->managing_district_name));
        else text += fmt::format(",,,,,{}\n", csv_field(describe(place.error())));
    }
    return text;
}

} // namespace chengge::grid
