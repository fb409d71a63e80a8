// chengge grid locate
#include "base/csv.hpp"
#include "grid/locate_report.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

void add_grid_commands(Commands& commands) {
    auto* grid = commands.app.add_subcommand("grid", "unit grid cells");
    grid->require_subcommand(1);
    auto* locate = grid->add_subcommand("locate", "in which cell a point lies");
    static double lon = 0, lat = 0;
    static std::string coord_type = "cgcs2000", csv;
    add_city_options(*locate, commands.options);
    auto* lon_option = locate->add_option("--lon", lon);
    auto* lat_option = locate->add_option("--lat", lat);
    locate->add_option("--coord-type", coord_type, "wgs84, cgcs2000, gcj02 or bd09");
    auto* csv_option = locate->add_option("--csv", csv, "a file with the columns lon,lat[,coord_type]");
    lon_option->needs(lat_option);
    csv_option->excludes(lon_option);
    locate->footer("example: chengge grid locate --data .demo --lon 110.36 --lat 21.27 --coord-type gcj02");
    locate->callback([&options = commands.options, &act = commands.act, lon_option, csv_option] {
        if (lon_option->count() == 0 && csv_option->count() == 0) throw CLI::RequiredError("--lon and --lat, or --csv");
        act = [&options] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            if (csv.empty()) return print(grid::print_locate(*(*city)->grid, lon, lat, coord_type));
            const auto text = load_file(csv);
            return text ? print(grid::print_locate_csv(*(*city)->grid, *text, csv)) : refuse(text.error());
        };
    });
}

} // namespace chengge::platform
