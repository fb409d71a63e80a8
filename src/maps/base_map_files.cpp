// What a file of base maps may say.
#include <algorithm>
#include <filesystem>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "maps/base_maps.hpp"

namespace chengge::maps {

namespace {

bool consists_of(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(static_cast<char>(c)) != std::string_view::npos; });
}

constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-";

// Empty: nothing is wrong.
std::string fault_of_url(const BaseMap& base) {
    const auto scheme = base.url.find("://");
    if (!base.url.starts_with("https://") && !base.url.starts_with("http://")) return "url must begin with https:// or http://";
    const auto host_end = std::min(base.url.find('/', scheme + 3), base.url.size());
    bool has_key = false, has_subdomain = false;
    std::string seen;
    for (auto at = base.url.find('{'); at != std::string::npos; at = base.url.find('{', at + 1)) {
        const auto end = base.url.find('}', at);
        const auto name = end == std::string::npos ? "" : base.url.substr(at + 1, end - at - 1);
        if (name != "z" && name != "x" && name != "y" && name != "s" && name != "key") return "url has {" + name + "}; known are {z} {x} {y} {s} {key}";
        if (at < host_end && name != "s") return "before the first / of url only {s} may stand";
        has_key = has_key || name == "key";
        has_subdomain = has_subdomain || name == "s";
        if (name.size() == 1 && seen.find(name) == std::string::npos) seen += name;
    }
    for (const char* name : {"z", "x", "y"})
        if (seen.find(name) == std::string::npos) return std::string("url needs {") + name + "}";
    if (has_subdomain == base.subdomains.empty()) return "{s} in url and subdomains go together";
    if (has_key == base.key.empty()) return "{key} in url and key or key_file go together";
    return {};
}

std::string fault_of(const BaseMap& base, const std::string& coordinates) {
    if (base.id.empty() || base.id.size() > 40 || !consists_of(base.id, "_-")) return "id must be of a-z, 0-9, _ and -, at most 40";
    if (base.label.zh.empty() || base.label.en.empty()) return "zh and en must say what it is called";
    if (base.attribution.empty()) return "attribution must say whose map it is; most providers demand it";
    if (coordinates == "gcj02" || coordinates == "bd09") return "coordinates " + coordinates + ": the city's layers would lie hundreds of metres beside it; take a base in cgcs2000 or wgs84";
    if (coordinates != "cgcs2000" && coordinates != "wgs84") return "coordinates must be cgcs2000 or wgs84";
    if (base.zoom_min < 0 || base.zoom_most > 20 || base.zoom_min > base.zoom_most) return "zoom_min and zoom_most must lie within 0 and 20";
    if (base.quota_day < 0) return "quota_day must not be negative; 0 is no bound";
    if (base.key.size() > 200 || !consists_of(base.key, capitals)) return "the key must be of letters, digits, . _ and -";
    for (const auto& one : base.subdomains)
        if (one.empty() || !consists_of(one, "-")) return "subdomains must be of a-z, 0-9 and -";
    return fault_of_url(base);
}

} // namespace

Result<std::vector<BaseMap>> load_base_maps(const std::string& file) {
    std::vector<BaseMap> bases;
    if (file.empty()) return bases;
    TRY_ASSIGN(document, load_json(file));
    const auto wrong = [&](const std::string& reason) { return fail("bad_data", {{"file", file}, {"line", "1"}, {"reason", reason}}); };
    if (!document.is_array() || document.get_array().size() > 40) return wrong("must be a list of at most 40 bases");
    for (const auto& one : document.get_array()) {
        JsonReader reader(one);
        BaseMap base;
        base.id = reader.text("id", 40);
        base.label = {reader.text("zh", 40), reader.text("en", 60)};
        base.url = reader.text("url", 1000);
        base.attribution = reader.text("attribution", 120);
        base.subdomains = reader.texts("subdomains", 20);
        base.key = reader.maybe_text("key", 200).value_or("");
        auto key_file = reader.maybe_text("key_file", 500).value_or("");
        base.zoom_min = static_cast<int>(std::clamp<std::int64_t>(reader.maybe_integer("zoom_min").value_or(1), -1, 99));
        base.zoom_most = static_cast<int>(std::clamp<std::int64_t>(reader.maybe_integer("zoom_most").value_or(18), -1, 99));
        base.is_overlay = reader.flag("overlay", false);
        base.quota_day = reader.maybe_integer("quota_day").value_or(0);
        const auto coordinates = reader.maybe_text("coordinates", 20).value_or("cgcs2000");
        if (reader.error()) return wrong(reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
        if (!key_file.empty()) {
            if (!base.key.empty()) return wrong(base.id + ": either key or key_file");
            if (!std::filesystem::path(key_file).is_absolute()) key_file = (std::filesystem::absolute(file).parent_path() / key_file).lexically_normal().string();
            const auto text = load_file(key_file);
            if (!text) return wrong(base.id + ": the key cannot be read from " + key_file);
            base.key = trim(*text);
        }
        if (const auto fault = fault_of(base, coordinates); !fault.empty()) return wrong((base.id.empty() ? "" : base.id + ": ") + fault);
        if (std::any_of(bases.begin(), bases.end(), [&](const BaseMap& other) { return other.id == base.id; })) return wrong(base.id + " stands twice");
        bases.push_back(std::move(base));
    }
    return bases;
}

} // namespace chengge::maps
