#include "maps/base_maps.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "http/address_list.hpp"
#include "maps/queries.hpp"
#include "outgoing/outgoing.hpp"

namespace chengge::maps {

namespace {

constexpr std::int64_t taken_at_once = 32; // one write of the table for so many tiles
constexpr std::int64_t fresh_ms = 30 * day_ms;
constexpr std::size_t picture_bytes_most = 2 * 1024 * 1024;

// By its first bytes: what a server calls an image may be a page that says why there is none.
std::string picture_type(std::string_view bytes) {
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
    if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
    if (bytes.starts_with("GIF8")) return "image/gif";
    if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
    return {};
}

std::string fill(const BaseMap& base, geo::TileId tile) {
    const auto server = base.subdomains.empty() ? std::string() : base.subdomains[static_cast<std::size_t>(tile.x + tile.y) % base.subdomains.size()];
    std::string url;
    for (std::size_t at = 0; at < base.url.size();) {
        const auto open = std::min(base.url.find('{', at), base.url.size());
        url.append(base.url, at, open - at);
        if (open == base.url.size()) break;
        const auto close = base.url.find('}', open);
        const auto name = base.url.substr(open + 1, close - open - 1);
        url += name == "z" ? std::to_string(tile.z) : name == "x" ? std::to_string(tile.x) : name == "y" ? std::to_string(tile.y) : name == "s" ? server : base.key;
        at = close + 1;
    }
    return url;
}

// Another address of the same base is another picture.
std::string file_name(const BaseMap& base, geo::TileId tile) {
    return base.id + "-" + to_hex(sha256(base.url)).substr(0, 12) + "/" + std::to_string(tile.z) + "/" + std::to_string(tile.x) + "/" + std::to_string(tile.y);
}

const BaseMap* find_base(const BaseMapSettings& settings, std::string_view id) {
    const auto found = std::find_if(settings.bases.begin(), settings.bases.end(), [&](const BaseMap& one) { return one.id == id; });
    return found == settings.bases.end() ? nullptr : &*found;
}

// For the log.
const char* reason_of(BaseMapAnswer answer) {
    switch (answer) {
    case BaseMapAnswer::no_connection: return "connect";
    case BaseMapAnswer::tls: return "tls";
    case BaseMapAnswer::closed_off: return "its address is an inner one that base_maps.private_networks does not permit";
    case BaseMapAnswer::no_picture: return "not a picture, or one too large";
    default: return "refused";
    }
}

} // namespace

AskedBaseMap ask_base_map(const BaseMap& base, geo::TileId tile, const BaseMapSettings& settings) {
    const auto permitted = http::AddressList::parse(settings.private_networks);
    static const auto none = *http::AddressList::parse({});
    auto answered = outgoing::exchange_http({.url = fill(base, tile), .headers = {"Accept: image/png,image/jpeg,image/webp", "User-Agent: chengge"}, .ca_file = settings.ca_file, .seconds = settings.seconds,
                                             .permitted = permitted ? &*permitted : &none, .kept_most = picture_bytes_most, .received_most = picture_bytes_most});
    AskedBaseMap asked{.answer = BaseMapAnswer::picture, .status = answered.status, .may_have_left = answered.may_have_left, .type = "", .bytes = ""};
    const auto judge = [&] {
        if (answered.was_closed_off) return BaseMapAnswer::closed_off;
        if (answered.code != 0) return answered.reason == "tls" ? BaseMapAnswer::tls : BaseMapAnswer::no_connection;
        if (answered.status == 404 || answered.status == 204) return BaseMapAnswer::none_here;
        if (answered.status == 401 || answered.status == 403 || answered.status == 418) return BaseMapAnswer::refused;
        if (answered.status != 200) return BaseMapAnswer::odd_status;
        asked.type = picture_type(answered.body);
        return asked.type.empty() || !answered.content_type.starts_with("image/") || !answered.is_whole ? BaseMapAnswer::no_picture : BaseMapAnswer::picture;
    };
    asked.answer = judge();
    if (asked.answer == BaseMapAnswer::picture) asked.bytes = std::move(answered.body);
    return asked;
}

std::map<std::string, std::int64_t> base_map_uses(storage::Transaction& transaction, std::int64_t day) {
    std::map<std::string, std::int64_t> used;
    for (const auto row : transaction.run(sql::list_base_map_uses, {{"day", day}})) used[row.text("base_id")] = row.integer("used");
    return used;
}

BaseMaps::BaseMaps(const Clock& clock, storage::Database& database, std::string folder) : clock_(clock), database_(database), files_(std::move(folder)) {}

BaseMaps::~BaseMaps() {
    try {
        for (const auto& [id, count] : counts_)
            if (count.left > 0 && count.day >= 0) (void)database_.write([&, &name = id, &taken = count](storage::Transaction& transaction) -> Result<void> {
                    transaction.run(sql::add_base_map_uses, {{"base_id", name}, {"day", taken.day}, {"count", -taken.left}});
                    return {};
                });
    } catch (const std::exception& error) {
        log_warning("tiles taken beforehand stay counted", {{"what", error.what()}}); // at most 32 a base
    }
}

void BaseMaps::use(BaseMapSettings settings) {
    files_.set_bytes_most(settings.cache_bytes);
    const std::scoped_lock lock(mutex_);
    settings_ = std::make_shared<const BaseMapSettings>(std::move(settings));
    for (auto& [id, count] : counts_) count.rests_until_ms = 0; // the address or the key may have been mended
}

std::int64_t BaseMaps::today() const { return days_from_date(city_date(clock_.now_ms())); }

std::vector<BaseMaps::Standing> BaseMaps::list() {
    const auto day = today();
    auto used = database_.read([&](storage::Transaction& transaction) { return base_map_uses(transaction, day); });
    const auto now = clock_.now_ms();
    std::vector<Standing> found;
    const std::scoped_lock lock(mutex_);
    for (const auto& base : settings_->bases) {
        Standing standing{base, used[base.id], false};
        standing.base.key.clear();
        if (const auto count = counts_.find(base.id); count != counts_.end()) {
            if (count->second.day == day) standing.used_today -= count->second.left;
            standing.is_resting = count->second.rests_until_ms > now;
        }
        standing.used_today = std::max<std::int64_t>(standing.used_today, 0);
        found.push_back(std::move(standing));
    }
    return found;
}

// False when the day's quota is used. The table is written ahead: what a crash leaves is at most a few tiles counted too many.
bool BaseMaps::take_one(const BaseMap& base, std::int64_t day) {
    {
        const std::scoped_lock lock(mutex_);
        auto& count = counts_[base.id];
        if (count.day != day) {
            count.day = day;
            count.left = 0;
        }
        if (count.left > 0) return --count.left >= 0;
    }
    std::int64_t granted = taken_at_once;
    (void)database_.write([&](storage::Transaction& transaction) -> Result<void> {
        granted = taken_at_once;
        const auto rows = transaction.run(sql::add_base_map_uses, {{"base_id", base.id}, {"day", day}, {"count", taken_at_once}});
        const auto used = rows[0].integer("used");
        if (base.quota_day == 0 || used <= base.quota_day) return {};
        const auto beyond = std::min(used - base.quota_day, taken_at_once);
        granted -= beyond;
        transaction.run(sql::add_base_map_uses, {{"base_id", base.id}, {"day", day}, {"count", -beyond}});
        return {};
    });
    if (granted == 0) return false;
    const std::scoped_lock lock(mutex_);
    auto& count = counts_[base.id];
    if (count.day == day) count.left += granted - 1;
    return true;
}

void BaseMaps::give_back_one(const std::string& id, std::int64_t day) {
    const std::scoped_lock lock(mutex_);
    auto& count = counts_[id];
    if (count.day == day) ++count.left;
}

Error BaseMaps::rest(const BaseMap& base, const std::string& reason, long status) {
    log_warning("a base map does not answer as it should", {{"base", base.id}, {"reason", reason}, {"status", std::to_string(status)}});
    const std::scoped_lock lock(mutex_);
    counts_[base.id].rests_until_ms = clock_.now_ms() + rest_ms_;
    return Error{"base_map_unreachable", {{"base", base.label.zh}, {"base_en", base.label.en}}};
}

Result<TileFiles::Kept> BaseMaps::fetch(const BaseMap& base, geo::TileId tile, const BaseMapSettings& settings) {
    const auto unreachable = [&] { return fail("base_map_unreachable", {{"base", base.label.zh}, {"base_en", base.label.en}}); };
    {
        const std::scoped_lock lock(mutex_);
        if (const auto count = counts_.find(base.id); count != counts_.end() && count->second.rests_until_ms > clock_.now_ms()) return unreachable();
    }
    const auto day = today();
    if (!take_one(base, day)) return fail("base_map_quota_used", {{"base", base.label.zh}, {"base_en", base.label.en}, {"quota", std::to_string(base.quota_day)}});
    auto asked = ask_base_map(base, tile, settings);
    if (!asked.may_have_left) give_back_one(base.id, day);
    if (asked.answer == BaseMapAnswer::picture) return TileFiles::Kept{asked.type, std::move(asked.bytes), clock_.now_ms()};
    if (asked.answer == BaseMapAnswer::none_here) return fail("tile_not_found");
    return tl::unexpected(rest(base, reason_of(asked.answer), asked.status));
}

Result<TileFiles::Kept> BaseMaps::tile(std::string_view id, geo::TileId tile) {
    std::shared_ptr<const BaseMapSettings> settings;
    {
        const std::scoped_lock lock(mutex_);
        settings = settings_;
    }
    const auto* base = find_base(*settings, id);
    if (base == nullptr) return fail("base_map_unknown");
    if (!tile.is_valid() || tile.z < base->zoom_min || tile.z > base->zoom_most) return fail("tile_not_found");
    const auto name = file_name(*base, tile);
    auto kept = files_.find(name);
    if (kept && clock_.now_ms() - kept->fetched_ms < fresh_ms) return std::move(*kept);
    auto fetched = fetch(*base, tile, *settings);
    if (fetched) files_.keep(name, *fetched);
    else if (kept && fetched.error().code != "tile_not_found") return std::move(*kept);
    return fetched;
}

} // namespace chengge::maps
