#include "maps/ogc_pages.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace chengge::maps {

namespace {

using Kind = registry::LayerSnapshot::Shape::Kind;

std::string link(const std::string& url, std::string_view label) { return "<a href=\"" + to_xml_text(url) + "\">" + to_xml_text(label) + "</a>"; }

std::string rounded(double value) { return std::to_string(static_cast<long>(std::lround(value * 10)) / 10) + "." + std::to_string(std::abs(std::lround(value * 10) % 10)); }

constexpr const char* style =
    "body{font:15px/1.6 -apple-system,\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;color:#1B2328;background:#F4F3EF;margin:0 auto;max-width:1100px;padding:16px 24px}"
    "h1{font-size:22px}h2{font-size:17px;margin-top:28px}a{color:#0E5A73}nav{color:#5F6870;font-size:13px}"
    "table{border-collapse:collapse;background:#fff;width:100%;font-size:13px}th,td{border-bottom:1px solid #E1DED6;padding:6px 10px;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{color:#465058;font-weight:600}.wide{overflow-x:auto}svg{background:#F1EFE8;border:1px solid #E1DED6;width:100%;height:auto}ul{padding-left:20px}"
    "@media (prefers-color-scheme:dark){body{color:#E9EDEF;background:#12171A}a{color:#7CC1D4}nav{color:#95A2AA}table{background:#191F23}th,td{border-color:#2F393F}th{color:#B9C3C9}svg{background:#181E22;border-color:#2F393F}}";

} // namespace

void OgcPage::text(std::string_view sentence) { body_ += "<p>" + to_xml_text(sentence) + "</p>\n"; }
void OgcPage::heading(std::string_view words) { body_ += "<h2>" + to_xml_text(words) + "</h2>\n"; }

void OgcPage::links(const std::vector<PageLink>& links) {
    body_ += "<ul>\n";
    for (const auto& each : links) body_ += "<li>" + link(each.url, each.label) + "</li>\n";
    body_ += "</ul>\n";
}

void OgcPage::facts(const std::vector<std::pair<std::string, std::string>>& rows) {
    body_ += "<div class=\"wide\"><table>\n";
    for (const auto& [name, value] : rows)
        body_ += "<tr><th scope=\"row\">" + to_xml_text(name) + "</th><td>" + (value.starts_with("http://") || value.starts_with("https://") ? link(value, value) : to_xml_text(value)) + "</td></tr>\n";
    body_ += "</table></div>\n";
}

void OgcPage::table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& urls) {
    body_ += "<div class=\"wide\"><table>\n<thead><tr>";
    for (const auto& each : head) body_ += "<th scope=\"col\">" + to_xml_text(each) + "</th>";
    body_ += "</tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        body_ += "<tr>";
        for (std::size_t k = 0; k < rows[i].size(); ++k) body_ += "<td>" + (k == 0 && i < urls.size() ? link(urls[i], rows[i][k]) : to_xml_text(rows[i][k])) + "</td>";
        body_ += "</tr>\n";
    }
    body_ += "</tbody></table></div>\n";
}

void OgcPage::drawing(const registry::LayerSnapshot& snapshot, const std::vector<std::uint32_t>& at) {
    geo::Box all{1e9, 1e9, -1e9, -1e9};
    for (const auto each : at) {
        const auto box = snapshot.box(each);
        if (box.west > box.east) continue;
        all = {std::min(all.west, box.west), std::min(all.south, box.south), std::max(all.east, box.east), std::max(all.north, box.north)};
    }
    if (all.west > all.east) return;
    constexpr double width = 1000, most_points = 60'000;
    const auto stretch = std::cos((all.south + all.north) / 2 * 3.14159265358979 / 180);
    const auto extent = std::max({(all.east - all.west) * stretch, all.north - all.south, 1e-4});
    const auto scale = (width - 40) / extent;
    const auto height = std::max(120.0, (all.north - all.south) * scale + 40);
    const auto place = [&](registry::FixedPoint point) {
        const auto degrees = to_degrees(point);
        return rounded((degrees.lon - all.west) * stretch * scale + 20) + " " + rounded(height - 20 - (degrees.lat - all.south) * scale);
    };
    std::string areas, points;
    std::size_t drawn = 0;
    registry::LayerSnapshot::Shape shape;
    for (const auto each : at) {
        snapshot.shape(each, shape);
        for (const auto& line : shape.lines) drawn += line.size();
        if (static_cast<double>(drawn) > most_points) break;
        if (shape.kind == Kind::point) {
            // A line of no length with round ends is a dot.
            points += "M" + place(shape.lines[0][0]) + "h0";
            continue;
        }
        for (const auto& line : shape.lines)
            for (std::size_t i = 0; i < line.size(); ++i) areas += (i == 0 ? "M" : "L") + place(line[i]);
    }
    body_ += "<svg viewBox=\"0 0 1000 " + rounded(height) + "\" role=\"img\" aria-label=\"" + to_xml_text(title_) + "\">";
    if (!areas.empty()) body_ += "<path d=\"" + areas + "\" fill=\"none\" stroke=\"#0E5A73\" stroke-width=\"1.5\"/>";
    if (!points.empty()) body_ += "<path d=\"" + points + "\" fill=\"none\" stroke=\"#0E5A73\" stroke-width=\"7\" stroke-linecap=\"round\"/>";
    body_ += "</svg>\n";
}

std::string OgcPage::finish() const {
    std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(language_ == "en" ? "en" : "zh-CN") + "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
                      to_xml_text(title_) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<nav>";
    for (const auto& each : path_) out += link(each.url, each.label) + " › ";
    out += to_xml_text(title_) + "</nav>\n<main>\n<h1>" + to_xml_text(title_) + "</h1>\n" + body_ + "</main>\n</body>\n</html>\n";
    return out;
}

} // namespace chengge::maps
