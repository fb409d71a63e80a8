// The open interfaces as pages for people: plain HTML that needs no script.
#pragma once

#include <string>
#include <vector>

#include "maps/ogc_items.hpp"

namespace chengge::maps {

struct PageLink {
    std::string url, label;
};

class OgcPage {
public:
    OgcPage(std::string title, std::string language, std::vector<PageLink> path) : title_(std::move(title)), language_(std::move(language)), path_(std::move(path)) {}
    void text(std::string_view sentence);
    void heading(std::string_view words);
    void links(const std::vector<PageLink>& links);
    // Rows of a name and a value; a value that is a web address is a link.
    void facts(const std::vector<std::pair<std::string, std::string>>& rows);
    // The first column as links when `urls` has as many.
    void table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& urls);
    // A drawing of features, north up, without a base map.
    void drawing(const registry::LayerSnapshot& snapshot, const std::vector<std::uint32_t>& at);
    std::string finish() const;

private:
    std::string title_, language_, body_;
    std::vector<PageLink> path_;
};

} // namespace chengge::maps
