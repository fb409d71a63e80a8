// The open interfaces of a served small city, as their readers ask them.
#pragma once

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kit/http_kit.hpp"

namespace chengge::kit {

inline constexpr const char* crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
inline std::string epsg(int code) { return "http://www.opengis.net/def/crs/EPSG/0/" + std::to_string(code); }

class OgcCity : public OnBothEngines {
protected:
    HttpCity city{GetParam()};
    void SetUp() override { city.set_up(); }
    Answer get(const std::string& path) { return city.as("operator").get("/ogc" + path); }

    json::object component(const std::string& cell, int number) {
        const auto at = city.city.center(cell);
        constexpr const char* classes[] = {"01004", "01005", "04002"};
        return {{"geometry", json::object{{"type", "Point"}, {"coordinates", json::array{std::round((at.lon + (number % 7 - 3) * 1e-5) * 1e7) / 1e7, std::round((at.lat + (number % 5 - 2) * 1e-5) * 1e7) / 1e7}}}},
                {"attributes", json::object{{"class_code", classes[number % 3]}, {"competent_code", "sanitation-a"}, {"competent_name", "环卫所"}, {"state", number % 4 == 0 ? "damaged" : "intact"},
                                            {"note", "备注 “" + std::to_string(number) + "”"}}}};
    }
    void add(int count, int from = 0) {
        json::array puts;
        constexpr const char* cells[] = {"A1", "A2", "B1", "A4"};
        for (int i = 0; i < count; ++i) puts.push_back(component(cells[(from + i) % 4], from + i));
        const auto made = city.as("system_admin").post("/api/v1/registry/layers/components/changes", json::object{{"reason", "补录"}, {"puts", std::move(puts)}});
        ASSERT_EQ(made.status, 200) << made.body;
    }
    static std::string href(const json::value& links, std::string_view rel, std::string_view type = "") {
        for (const auto& link : links.as_array())
            if (link.at("rel").as_string() == rel && (type.empty() || link.at("type").as_string() == type)) return std::string(link.at("href").as_string());
        return {};
    }
    // A link of ours as a path under /ogc.
    std::string local(const std::string& url) {
        EXPECT_TRUE(url.starts_with(city.url() + "/ogc")) << url;
        return url.substr((city.url() + "/ogc").size());
    }
    static std::set<std::string> ids_of(const Answer& answer) {
        std::set<std::string> ids;
        for (const auto& feature : answer.at("features").as_array()) EXPECT_TRUE(ids.emplace(feature.at("id").as_string()).second);
        return ids;
    }
    // Every page by its link next; each feature once.
    std::vector<std::string> walk(const std::string& path, const std::function<void()>& between = {}) {
        std::vector<std::string> ids;
        for (auto next = path; !next.empty();) {
            const auto page = get(next);
            EXPECT_EQ(page.status, 200) << page.body;
            if (page.status != 200) break;
            EXPECT_EQ(static_cast<std::int64_t>(page.at("features").as_array().size()), page.at("numberReturned").as_int64());
            for (const auto& feature : page.at("features").as_array()) ids.emplace_back(feature.at("id").as_string());
            const auto link = href(page.at("links"), "next");
            next = link.empty() ? "" : local(link);
            if (between) between();
        }
        return ids;
    }
};

} // namespace chengge::kit
