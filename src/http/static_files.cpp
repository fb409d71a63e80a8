// Files of the web applications, and what kind of file a name says it is.
#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, std::string_view>, 28> types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    // A module worker sent as anything else is refused by browsers and leaves a blank map.
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".geojson", "application/geo+json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".ttf", "font/ttf"},
    {".pbf", "application/x-protobuf"},
    {".mvt", "application/vnd.mapbox-vector-tile"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".yaml", "application/yaml"},
    {".pdf", "application/pdf"},
    {".mp3", "audio/mpeg"},
    {".wav", "audio/wav"},
}};

bool is_hidden(std::string_view relative) {
    for (const auto& segment : split(relative, '/'))
        if (segment.starts_with('.') && segment != ".well-known") return true;
    return false;
}

// The canonical path when it is a regular file inside the folder: a link must not lead out.
std::optional<std::string> file_inside(const std::string& folder, std::string_view relative) {
    std::error_code error;
    const auto path = fs::canonical(fs::path(folder) / relative, error);
    if (error || !fs::is_regular_file(path, error)) return std::nullopt;
    const auto& text = path.native();
    if (!text.starts_with(folder) || (folder != "/" && text[folder.size()] != '/'))
        return std::nullopt;
    return text;
}

Response file_answer(std::string path, std::string_view relative) {
    Response response;
    response.file = std::move(path);
    // Vite puts a hash of the content into the names under assets/.
    const bool is_hashed =
        relative.starts_with("assets/") || relative.find("/assets/") != std::string_view::npos;
    response.with("Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    return response;
}

} // namespace

std::string_view content_type_of(std::string_view path) {
    const auto dot = path.rfind('.');
    if (dot != std::string_view::npos && path.find('/', dot) == std::string_view::npos) {
        const auto extension = to_lower_ascii(path.substr(dot));
        for (const auto& [known, type] : types)
            if (known == extension) return type;
    }
    return "application/octet-stream";
}

bool is_compressible(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    return (type.starts_with("text/") && type != "text/event-stream") || type.ends_with("json") ||
           type == "image/svg+xml" || type == "application/yaml";
}

std::optional<Response> find_static(const std::vector<Folder>& folders, const Request& request) {
    if (request.method != Method::get && request.method != Method::head) return std::nullopt;
    const std::string_view path = request.path;
    // An unknown API path is a mistake to be told, never a page.
    if (path.starts_with("/api/")) return std::nullopt;
    for (const auto& folder : folders) {
        const std::string prefix = folder.url_prefix == "/" ? "" : folder.url_prefix;
        if (!prefix.empty() && path == prefix)
            return Response::empty(308).with("Location", prefix + "/");
        if (!path.starts_with(prefix + "/")) continue;
        const std::string relative(path.substr(prefix.size() + 1));
        if (is_hidden(relative)) return std::nullopt;
        const std::string name =
            relative.empty() || relative.ends_with('/') ? relative + "index.html" : relative;
        if (auto file = file_inside(folder.path, name))
            return file_answer(std::move(*file), relative);
        // A name with an extension is a file that is missing; all else is a place in the
        // application.
        const auto last = relative.substr(relative.rfind('/') + 1);
        if (last.find('.') != std::string::npos) return std::nullopt;
        if (auto file = file_inside(folder.path, "index.html"))
            return file_answer(std::move(*file), "");
        return std::nullopt;
    }
    return std::nullopt;
}

} // namespace chengge::http
