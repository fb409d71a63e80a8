// chengge addresses find | call | table
#include <fmt/format.h>

#include "base/files.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

std::string told(const std::vector<addresses::Located>& found) {
    std::string text;
    for (const auto& one : found) {
        std::string reasons;
        for (const auto reason : one.candidate.reasons) reasons += " " + std::string(addresses::name_of(reason));
        text += fmt::format("{:.2f}  {}  {:.7f} {:.7f}  {}  {}{} {}\n", one.candidate.score, one.candidate.place.name, one.candidate.place.point.lon, one.candidate.place.point.lat,
                            one.cell_code.empty() ? "-" : one.cell_code, one.district_name, one.community_name, reasons);
    }
    return text;
}

} // namespace

void add_addresses_commands(Commands& commands) {
    auto* group = commands.app.add_subcommand("addresses", "geocoding: a text to a place, a place to a text");
    group->require_subcommand(1);
    static std::string text, file, coord_type = "cgcs2000";
    static double lon = 0, lat = 0;

    auto* find = group->add_subcommand("find", "where an address is, best first: score, name, lon lat, cell, community, reasons");
    add_city_options(*find, commands.options);
    find->add_option("text", text)->required();
    find->footer("example: chengge addresses find --data .demo 赤坎区榕荫路12号");
    find->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            const auto found = (*city)->addresses->geocode(text, {});
            if (found.empty()) return refuse({"address_unknown", {}});
            return print(told(found));
        };
    });

    auto* call = group->add_subcommand("call", "how a place is called");
    add_city_options(*call, commands.options);
    call->add_option("--lon", lon)->required();
    call->add_option("--lat", lat)->required();
    call->add_option("--coord-type", coord_type, "wgs84, cgcs2000, gcj02 or bd09");
    call->footer("example: chengge addresses call --data .demo --lon 110.36 --lat 21.27");
    call->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            const auto called = (*city)->addresses->reverse(lon, lat, coord_type);
            return called ? print(called->text + "\n") : refuse(called.error());
        };
    });

    auto* table = group->add_subcommand("table", "a CSV file with a column address, or lon and lat, with what was found behind it");
    add_city_options(*table, commands.options);
    table->add_option("file", file)->required();
    table->add_option("--coord-type", coord_type, "wgs84, cgcs2000, gcj02 or bd09");
    table->footer("example: chengge addresses table --data .demo places.csv > found.csv");
    table->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            const auto csv = load_file(file);
            return csv ? print((*city)->addresses->run_table(*csv, coord_type)) : refuse(csv.error());
        };
    });
}

} // namespace chengge::platform
