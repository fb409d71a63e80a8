// Which handler a path belongs to.
#include <algorithm>
#include <filesystem>
#include <set>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

// Depth first, exact segments before parameters; a path that exists without the asked method only
// adds to `allowed`, so "/sessions/current" and "/sessions/{session_id}" may differ in methods.
const Route* find_route(const RouteNode& node, const std::vector<std::string>& segments,
                        std::size_t at, Method method, std::vector<std::string_view>& values,
                        std::set<std::string, std::less<>>& allowed) {
    if (at == segments.size()) {
        auto found = node.routes.find(method);
        if (found == node.routes.end() && method == Method::head)
            found = node.routes.find(Method::get);
        if (found != node.routes.end()) return &found->second;
        for (const auto& [other, route] : node.routes) {
            allowed.emplace(method_name(other));
            if (other == Method::get) allowed.emplace("HEAD");
        }
        return nullptr;
    }
    const auto exact = node.exact.find(segments[at]);
    if (exact != node.exact.end())
        if (const auto* route =
                find_route(*exact->second, segments, at + 1, method, values, allowed))
            return route;
    if (node.parameter == nullptr || segments[at].empty()) return nullptr;
    values.push_back(segments[at]);
    if (const auto* route = find_route(*node.parameter, segments, at + 1, method, values, allowed))
        return route;
    values.pop_back();
    return nullptr;
}

} // namespace

Router::Router() : state_(std::make_shared<State>()) {}

void Router::add(Method method, std::string pattern, Handler handler, RouteOptions options) {
    ASSERT(pattern.starts_with('/'));
    RouteNode* node = &state_->root;
    Route route{{}, std::move(handler), options, state_->entries.size()};
    for (const auto& segment : split(std::string_view(pattern).substr(1), '/')) {
        const bool is_parameter = segment.starts_with('{') && segment.ends_with('}');
        auto& next = is_parameter ? node->parameter : node->exact[segment];
        if (is_parameter) route.names.push_back(segment.substr(1, segment.size() - 2));
        if (next == nullptr) next = std::make_unique<RouteNode>();
        node = next.get();
    }
    ASSERT(!node->routes.contains(method)); // two routes for one path
    node->routes.emplace(method, std::move(route));
    state_->entries.push_back({method, std::move(pattern)});
}

void Router::serve_folder(std::string url_prefix, const std::string& folder) {
    while (url_prefix.size() > 1 && url_prefix.ends_with('/')) url_prefix.pop_back();
    ASSERT(url_prefix.starts_with('/'));
    std::error_code error;
    const auto path = std::filesystem::canonical(folder, error);
    state_->folders.push_back({std::move(url_prefix), error ? folder : path.string()});
    std::stable_sort(
        state_->folders.begin(), state_->folders.end(),
        [](const auto& a, const auto& b) { return a.url_prefix.size() > b.url_prefix.size(); });
}

std::vector<Router::Entry> Router::entries() const { return state_->entries; }

Router::Match Router::find(Method method, const std::vector<std::string>& segments) const {
    Match match;
    std::vector<std::string_view> values;
    std::set<std::string, std::less<>> allowed;
    match.route = find_route(state_->root, segments, 0, method, values, allowed);
    if (match.route != nullptr) {
        ASSERT(values.size() == match.route->names.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            match.path_values[match.route->names[i]] = values[i];
    }
    match.allowed = join({allowed.begin(), allowed.end()}, ", ");
    return match;
}

} // namespace chengge::http
