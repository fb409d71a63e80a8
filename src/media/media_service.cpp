#include "media/media_service.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "media/picture.hpp"
#include "media/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::media {

namespace {

const std::vector<int> derived_sizes{1280, 320};
// The form around a photo of the greatest size.
constexpr std::size_t form_bytes_max = 64 * 1024;

constexpr std::string_view select_media =
    "SELECT media_key, media_id, sm3, sha256, content_type, bytes, width, height, taken_ms, lon, lat, "
    "owner_person_key, created_ms, is_simulated FROM media";

Media read_row(const storage::Rows::Row& row) {
    return {.key = row.integer("media_key"),
            .id = uuid_from_raw(row.bytes("media_id")),
            .sm3 = row.bytes("sm3"),
            .sha256 = row.bytes("sha256"),
            .content_type = row.text("content_type"),
            .bytes = row.integer("bytes"),
            .width = static_cast<int>(row.integer("width")),
            .height = static_cast<int>(row.integer("height")),
            .taken_ms = row.maybe_integer("taken_ms"),
            .lon = row.maybe_number("lon"),
            .lat = row.maybe_number("lat"),
            .owner_person_key = row.integer("owner_person_key"),
            .created_ms = row.integer("created_ms"),
            .is_simulated = row.flag("is_simulated")};
}

std::vector<Media> find_where(storage::Transaction& transaction, std::string_view column,
                              const std::vector<storage::Value>& values) {
    std::vector<Media> found;
    if (values.empty()) return found;
    const auto rows = storage::ListBuilder(select_media)
                          .where_in(column, values)
                          .order_by("media_key")
                          .run(transaction);
    for (const auto row : rows) found.push_back(read_row(row));
    return found;
}

// What a crash left of uploads; younger files may be another process's.
void sweep(const std::string& folder) {
    make_folders(folder);
    const auto before = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
        if (entry.last_write_time(ignored) < before) std::filesystem::remove(entry.path(), ignored);
}

json::object to_json(const Media& photo) {
    json::object out{{"media_id", format_uuid(photo.id)},
                     {"content_type", photo.content_type},
                     {"bytes", photo.bytes},
                     {"width", photo.width},
                     {"height", photo.height},
                     {"sm3", to_hex(photo.sm3)},
                     {"taken_at", nullptr},
                     {"lon", nullptr},
                     {"lat", nullptr},
                     {"is_simulated", photo.is_simulated}};
    if (photo.taken_ms) out["taken_at"] = format_rfc3339(*photo.taken_ms);
    if (photo.lon) out["lon"] = *photo.lon;
    if (photo.lat) out["lat"] = *photo.lat;
    return out;
}

} // namespace

std::string original_name(const std::string& sm3_bytes) {
    const auto hex = to_hex(sm3_bytes);
    return hex.substr(0, 2) + "/" + hex;
}

std::vector<Original> list_originals(storage::Transaction& transaction, std::int64_t after_key, int rows) {
    std::vector<Original> originals;
    for (const auto row : transaction.run(sql::list_originals, {{"after", after_key}, {"rows", rows}}))
        originals.push_back({row.integer("media_key"), row.bytes("sm3"), row.integer("bytes")});
    return originals;
}

struct MediaService::State {
    storage::Database& database;
    const Clock& clock;
    const std::string folder;

    State(storage::Database& database, const Clock& clock, std::string folder) : database(database), clock(clock), folder(std::move(folder)) {}

    std::string original(const std::string& sm3_bytes) const {
        return folder + "/originals/" + original_name(sm3_bytes);
    }
    std::string derived(const std::string& sm3_bytes, int pixels) const {
        return folder + "/derived/" + original_name(sm3_bytes) + "-" + std::to_string(pixels) + ".jpg";
    }
    Result<void> make_derived(const std::string& sm3_bytes, std::string_view bytes) const {
        TRY_ASSIGN(pictures, shrink_picture(bytes, derived_sizes));
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            const auto path = derived(sm3_bytes, derived_sizes[i]);
            std::filesystem::create_directories(path.substr(0, path.find_last_of('/')));
            save_file(path, pictures[i], 0644, incoming());
        }
        return {};
    }
    // Durable after the return, also when another upload of the same photo, or one that crashed, has
    // put the file there and may not have come to the sync of its folder.
    void save_original(const std::string& sm3_bytes, std::string_view bytes) {
        const auto path = original(sm3_bytes);
        const auto parent = path.substr(0, path.find_last_of('/'));
        auto& is_made = made_folders[static_cast<unsigned char>(sm3_bytes[0])];
        if (!is_made) {
            std::filesystem::create_directory(parent);
            sync_folder(folder + "/originals");
            is_made = true;
        }
        if (std::filesystem::exists(path)) sync_folder(parent);
        else save_file(path, bytes, 0644, incoming());
    }
    std::string incoming() const { return folder + "/incoming"; }

    // Folders of originals that this process knows to be durable, by their first byte.
    std::array<std::atomic<bool>, 256> made_folders{};
};

MediaService::MediaService(std::unique_ptr<State> state) : state_(std::move(state)) {}
MediaService::~MediaService() = default;

std::unique_ptr<MediaService> MediaService::open(storage::Database& database, const Clock& clock,
                                                 std::string folder) {
    start_pictures();
    auto state = std::make_unique<State>(database, clock, std::move(folder));
    make_folders(state->folder);
    make_folders(state->folder + "/originals");
    make_folders(state->folder + "/derived");
    sweep(state->incoming());
    return std::unique_ptr<MediaService>(new MediaService(std::move(state)));
}

Result<Media> MediaService::add(const NewMedia& photo) {
    if (photo.bytes.size() > photo_bytes_max)
        return fail("photo_too_large", {{"limit_mb", std::to_string(photo_bytes_max >> 20)}});
    TRY_ASSIGN(facts, measure_picture(photo.bytes));
    Media media{.id = photo.id.is_nil() ? make_uuid(state_->clock.now_ms()) : photo.id,
                .sm3 = sm3(photo.bytes),
                .sha256 = sha256(photo.bytes),
                .content_type = facts.content_type,
                .bytes = static_cast<std::int64_t>(photo.bytes.size()),
                .width = facts.width,
                .height = facts.height,
                .taken_ms = facts.taken_ms,
                .lon = facts.lon,
                .lat = facts.lat,
                .owner_person_key = photo.owner_person_key,
                .created_ms = state_->clock.now_ms(),
                .is_simulated = photo.is_simulated};
    // Making the small ones is the proof that the whole picture can be decoded.
    TRY(state_->make_derived(media.sm3, photo.bytes));
    CRASH_POINT("media.derived");
    state_->save_original(media.sm3, photo.bytes);
    CRASH_POINT("media.stored");
    return state_->database.write([&](storage::Transaction& transaction) -> Result<Media> {
        const auto rows =
            transaction.run(sql::add_media, {{"media_id", storage::Blob{media.id.raw()}},
                                             {"sm3", storage::Blob{media.sm3}},
                                             {"sha256", storage::Blob{media.sha256}},
                                             {"content_type", media.content_type},
                                             {"bytes", media.bytes},
                                             {"width", media.width},
                                             {"height", media.height},
                                             {"taken_ms", media.taken_ms},
                                             {"lon", media.lon},
                                             {"lat", media.lat},
                                             {"owner_person_key", media.owner_person_key},
                                             {"created_ms", media.created_ms},
                                             {"is_simulated", media.is_simulated}});
        if (rows.empty()) {
            auto present = find_where(transaction, "media_id", {storage::Blob{media.id.raw()}});
            ASSERT(present.size() == 1);
            if (present[0].sm3 != media.sm3 ||
                present[0].owner_person_key != media.owner_person_key)
                return fail("media_id_taken");
            return present[0];
        }
        media.key = rows[0].integer("media_key");
        return media;
    });
}

Result<Media> MediaService::get(const Uuid& id) {
    const auto found = state_->database.read([&](storage::Transaction& transaction) {
        return find_where(transaction, "media_id", {storage::Blob{id.raw()}});
    });
    if (found.empty()) return fail("media_unknown");
    return found[0];
}

std::vector<Media> MediaService::find_all(storage::Transaction& transaction,
                                          const std::vector<std::int64_t>& keys) const {
    return find_where(transaction, "media_key", {keys.begin(), keys.end()});
}

std::vector<Media> MediaService::find_all(storage::Transaction& transaction,
                                          const std::vector<Uuid>& ids) const {
    std::vector<storage::Value> values;
    for (const auto& id : ids) values.emplace_back(storage::Blob{id.raw()});
    return find_where(transaction, "media_id", values);
}

std::string MediaService::original_path(const Media& photo) const {
    return state_->original(photo.sm3);
}

Result<std::string> MediaService::derived_path(const Media& photo, int pixels) {
    ASSERT(std::find(derived_sizes.begin(), derived_sizes.end(), pixels) != derived_sizes.end());
    auto path = state_->derived(photo.sm3, pixels);
    if (std::filesystem::exists(path)) return path;
    TRY_ASSIGN(bytes, load_file(state_->original(photo.sm3)));
    TRY(state_->make_derived(photo.sm3, bytes));
    return path;
}

std::optional<std::string> MediaService::check_file(const Media& photo) const {
    const auto bytes = load_file(state_->original(photo.sm3));
    if (!bytes) return "the file is missing";
    if (static_cast<std::int64_t>(bytes->size()) != photo.bytes)
        return "the file has another length";
    if (sm3(*bytes) != photo.sm3) return "the SM3 digest differs";
    if (sha256(*bytes) != photo.sha256) return "the SHA-256 digest differs";
    return std::nullopt;
}

namespace {

using http::Request;
using http::Response;

// A raw body, or the part `file` of a form; the id may be given in either.
Result<Response> receive(MediaService& service, const Request& request,
                         const identity::Viewer& viewer) {
    std::string_view bytes = request.body;
    std::string id_text(request.header("X-Media-Id"));
    if (to_lower_ascii(request.header("Content-Type")).starts_with("multipart/")) {
        TRY_ASSIGN(parts, http::parse_multipart(request.header("Content-Type"), request.body));
        const http::Part* file = nullptr;
        for (const auto& part : parts) {
            if (part.name == "file") file = &part;
            if (part.name == "id") id_text = trim(part.bytes);
        }
        if (file == nullptr)
            return fail("bad_multipart", {{"reason", "there is no part named file"}});
        bytes = file->bytes;
    }
    const auto id = id_text.empty() ? std::optional<Uuid>() : parse_uuid(id_text);
    if (!id && !id_text.empty())
        return fail("bad_member", {{"member", "id"}, {"reason", "must be a UUID"}});
    TRY_ASSIGN(media, service.add({.id = id.value_or(Uuid{}),
                                   .bytes = std::string(bytes),
                                   .owner_person_key = viewer.person_key}));
    return Response::json(to_json(media), 201);
}

// A made-up picture of a demo city, for the page before signing in; nothing for any other.
std::optional<Response> give_simulated(MediaService& service, const Request& request) {
    const auto id = parse_uuid(request.path_values.at("media_id"));
    const auto& size = request.path_values.at("size");
    if (!id || (size != "thumbnail" && size != "large")) return std::nullopt;
    const auto media = service.get(*id);
    if (!media || !media->is_simulated) return std::nullopt;
    const auto path = service.derived_path(*media, size == "thumbnail" ? 320 : 1280);
    if (!path) return std::nullopt;
    Response response;
    response.file = *path;
    return std::move(response.with("Content-Type", "image/jpeg").with("Cache-Control", "max-age=31536000, immutable"));
}

Result<Response> give(MediaService& service, identity::IdentityService& identity,
                      const MediaService::MayRead& may_read, const Request& request,
                      const identity::Viewer& viewer) {
    const auto id = parse_uuid(request.path_values.at("media_id"));
    const auto& size = request.path_values.at("size");
    if (!id || (size != "thumbnail" && size != "large" && size != "original"))
        return fail("media_unknown");
    TRY_ASSIGN(media, service.get(*id));
    // Whether a photo exists is not told to whom it is not shown.
    if (media.owner_person_key != viewer.person_key && !may_read(viewer, media))
        return fail("media_unknown");
    Response response;
    if (size == "original") {
        // The original carries where and when it was taken and with which device.
        if (!viewer.may("media.read")) return fail("forbidden");
        identity.record_access(viewer, "original_read", "media " + format_uuid(media.id));
        response.file = service.original_path(media);
        response.with("Content-Type", media.content_type);
    } else {
        TRY_ASSIGN(path, service.derived_path(media, size == "thumbnail" ? 320 : 1280));
        response.file = path;
        response.with("Content-Type", "image/jpeg");
    }
    return response.with("Cache-Control", "private, max-age=31536000, immutable")
        .with("ETag", "\"" + to_hex(media.sm3).substr(0, 32) + "-" + size + "\"");
}

} // namespace

void MediaService::add_routes(http::Router& router, identity::IdentityService& identity,
                              const http::Problems& problems, const MayRead& may_read, bool is_open) {
    const auto answer = [problems](const Request& request, Result<Response> result) {
        return result ? std::move(*result) : problems.answer(result.error(), request);
    };
    router.add(
        http::Method::post, "/api/v1/media",
        identity.guard("media.write",
                       [this, answer](const Request& request, const identity::Viewer& viewer) {
                           return answer(request, receive(*this, request, viewer));
                       }),
        {.body_bytes_max = photo_bytes_max + form_bytes_max});
    auto guarded = identity.guard(
        "case.read|media.read", [this, answer, &identity, may_read](const Request& request, const identity::Viewer& viewer) {
            return answer(request, give(*this, identity, may_read, request, viewer));
        });
    router.add(http::Method::get, "/api/v1/media/{media_id}/{size}",
               [this, guarded = std::move(guarded), is_open](const Request& request) {
                   if (is_open)
                       if (auto simulated = give_simulated(*this, request)) return std::move(*simulated);
                   return guarded(request);
               });
}

} // namespace chengge::media
