// Coordinate systems: known points, round trips, refusals, many threads.
#include <cmath>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "geo/coordinates.hpp"
#include "geo/crs.hpp"

namespace chengge::geo {
namespace {

// Gauss–Krüger on the CGCS2000 ellipsoid by the meridian arc's series (independent of PROJ): scale 1, false easting 500 km.
Point gauss_kruger(Point point, double meridian) {
    const double a = 6378137.0, f = 1 / 298.257222101, n = f / (2 - f);
    const double lat = point.lat * M_PI / 180, dl = (point.lon - meridian) * M_PI / 180;
    const double e = std::sqrt(f * (2 - f));
    const double t = std::sinh(std::atanh(std::sin(lat)) - e * std::atanh(e * std::sin(lat)));
    const double xi = std::atan2(t, std::cos(dl)), eta = std::atanh(std::sin(dl) / std::sqrt(1 + t * t));
    const double A = a / (1 + n) * (1 + n * n / 4 + n * n * n * n / 64);
    const double alpha[] = {n / 2 - 2 * n * n / 3 + 5 * n * n * n / 16, 13 * n * n / 48 - 3 * n * n * n / 5, 61 * n * n * n / 240};
    double x = xi, y = eta;
    for (int j = 1; j <= 3; ++j) {
        x += alpha[j - 1] * std::sin(2 * j * xi) * std::cosh(2 * j * eta);
        y += alpha[j - 1] * std::cos(2 * j * xi) * std::sinh(2 * j * eta);
    }
    return {500000 + A * y, A * x};
}

CoordinateSystem system_of(std::string_view text, std::span<const LocalSystem> local = {}) {
    auto system = CoordinateSystem::parse(text, local);
    EXPECT_TRUE(system) << text << (system ? "" : " " + system.error().code);
    return system.value_or(CoordinateSystem());
}

std::vector<LocalSystem> locals() {
    const auto list = json::parse(R"([
        {"id":"city_plane","label":{"zh":"城市坐标系","en":"city plane"},"base":"EPSG:4546",
         "four":{"east_m":412345.678,"north_m":2301234.5,"rotation_seconds":75.25,"scale_ppm":12.5}},
        {"id":"old_city","label":{"zh":"旧城市坐标系","en":"old city"},"base":"EPSG:2433",
         "seven":{"x_m":12.3,"y_m":-125.8,"z_m":-61.2,"x_seconds":1.1,"y_seconds":-0.7,"z_seconds":2.2,"scale_ppm":-4.2,"convention":"coordinate_frame"}}])");
    auto systems = read_local_systems(list);
    EXPECT_TRUE(systems) << (systems ? "" : systems.error().code);
    return systems.value_or(std::vector<LocalSystem>{});
}

TEST(CoordinateSystem, ProjectsAsTheSeriesSays) {
    const auto zone = system_of("EPSG:4546"); // 3-degree Gauss–Krüger, central meridian 111°E
    for (const Point at : {Point{110.4067, 21.1952}, Point{111.0, 21.0}, Point{109.66, 20.25}, Point{111.49, 21.9}}) {
        const auto there = zone.from_cgcs2000(at), expected = gauss_kruger(at, 111);
        EXPECT_NEAR(there.lon, expected.lon, 1e-3);
        EXPECT_NEAR(there.lat, expected.lat, 1e-3);
    }
    EXPECT_FALSE(zone.is_degrees());
    EXPECT_NE(zone.prj().find("PROJCS["), std::string::npos);
}

TEST(CoordinateSystem, GoesThereAndBackWithinAMillimetre) {
    const auto local = locals();
    std::mt19937 random(7);
    std::uniform_real_distribution<double> lon(109.7, 111.2), lat(20.3, 21.9);
    for (const auto* name : {"cgcs2000", "wgs84", "gcj02", "bd09", "EPSG:4490", "EPSG:4326", "EPSG:4546", "EPSG:4525", "EPSG:32649", "EPSG:3857", "city_plane", "old_city"}) {
        const auto system = system_of(name, local);
        std::vector<Point> points(2000);
        for (auto& point : points) point = {lon(random), lat(random)};
        auto there = points;
        system.from_cgcs2000(there);
        system.to_cgcs2000(there);
        for (std::size_t i = 0; i < points.size(); ++i) ASSERT_LT(distance_m(points[i], there[i]), 0.001) << name << " point " << i;
    }
}

TEST(CoordinateSystem, ReadsPrjFiles) {
    const auto zone = system_of("EPSG:4546");
    const auto read = system_of(zone.prj() + "\r\n");
    EXPECT_EQ(read.text(), "EPSG:4546");
    const auto esri = system_of(
        R"(PROJCS["CGCS2000_3_Degree_GK_CM_111E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]])");
    EXPECT_LT(distance_m(esri.to_cgcs2000(zone.from_cgcs2000({110.4, 21.2})), {110.4, 21.2}), 0.001);
}

TEST(CoordinateSystem, FourParametersTurnStretchAndMove) {
    auto local = locals();
    local[0].rotation_seconds = 3600 * 90; // a quarter turn counter-clockwise
    local[0].scale_ppm = 0;
    local[0].east_m = 400000, local[0].north_m = 2000000;
    const auto turned = system_of("city_plane", local), base = system_of("EPSG:4546");
    // 300 m north in the local system is 300 m west in the base.
    EXPECT_LT(distance_m(turned.to_cgcs2000({0, 300}), base.to_cgcs2000({400000 - 300, 2000000})), 0.001);
}

TEST(CoordinateSystem, SevenParametersMoveThePoint) {
    const auto local = locals();
    const auto system = system_of("old_city", local);
    const auto plain = system_of("EPSG:2433", local);
    const auto xy = system.from_cgcs2000({112.4, 21.2});
    EXPECT_GT(xy.lon, 100000);
    const auto shift = distance_m(plain.to_cgcs2000(xy), {112.4, 21.2});
    EXPECT_LT(shift, 500);
}

TEST(CoordinateSystem, RefusesWhatItDoesNotKnow) {
    for (const auto* text : {"", "EPSG:999999", "EPSG:", "EPSG:4546+5773 or so", "mars", "+proj=pipeline +step +proj=noop", "/etc/passwd", "@/etc/passwd", "LOCAL_CS[\"x\"]", "urn:ogc:def:crs:EPSG::4546", "PROJCS[\"x\""}) {
        const auto system = CoordinateSystem::parse(text);
        ASSERT_FALSE(system) << text;
        EXPECT_EQ(system.error().code, "crs_unknown") << text;
    }
}

TEST(CoordinateSystem, WhatCannotBeComputedIsNotANumber) {
    const auto zone = system_of("EPSG:4546");
    const auto point = zone.to_cgcs2000({1e300, 1e300});
    EXPECT_FALSE(std::isfinite(point.lon) && std::isfinite(point.lat));
}

TEST(CoordinateSystem, ServesManyThreads) {
    const auto zone = system_of("EPSG:4546");
    const auto expected = zone.from_cgcs2000({110.4, 21.2});
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 500; ++round)
                if (zone.from_cgcs2000({110.4, 21.2}) != expected) ++wrong;
        });
    threads.clear();
    EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace chengge::geo
