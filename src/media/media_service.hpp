// Photographs: the original as it came, by its hash, never rewritten; upright derivatives without
// metadata for the screens.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "storage/database.hpp"

namespace chengge::media {

inline constexpr std::size_t photo_bytes_max = 20u << 20;
inline constexpr std::int64_t photo_pixels_max = 100'000'000;

struct Media {
    std::int64_t key = 0;
    Uuid id;
    std::string sm3;    // 32 raw bytes of the original
    std::string sha256; // 32 raw bytes
    std::string content_type; // image/jpeg, image/png
    std::int64_t bytes = 0;
    int width = 0, height = 0; // upright
    std::optional<std::int64_t> taken_ms; // from the photo's own metadata
    std::optional<double> lon, lat;       // from the photo's own metadata, WGS-84
    std::int64_t owner_person_key = 0;
    std::int64_t created_ms = 0;
    bool is_simulated = false;
};

struct NewMedia {
    Uuid id; // nil: one is made
    std::string bytes;
    std::int64_t owner_person_key = 0;
    bool is_simulated = false;
};

// An original as a backup needs it.
struct Original {
    std::int64_t key = 0;
    std::string sm3; // 32 raw bytes
    std::int64_t bytes = 0;
};
// The next page of all originals; the same bytes may come several times.
std::vector<Original> list_originals(storage::Transaction& transaction, std::int64_t after_key, int rows);
// "ab/abcd…" below MediaService's folder/originals: a folder never holds all files.
std::string original_name(const std::string& sm3_bytes);

class MediaService {
public:
    // Files live under `folder`/originals/ab/cd…, derivatives under `folder`/derived.
    static std::unique_ptr<MediaService> open(storage::Database& database, const Clock& clock, std::string folder);
    ~MediaService();

    // Sniffs, bounds (20 MB, 100 Mpx), decodes once, stores the original durably before the row.
    // The same id with the same bytes is the same record; with others media_id_taken. Refusals:
    // photo_too_large, photo_too_many_pixels, photo_type_unknown, photo_broken.
    Result<Media> add(const NewMedia& photo);
    Result<Media> get(const Uuid& id); // media_unknown
    std::vector<Media> find_all(storage::Transaction& transaction, const std::vector<std::int64_t>& keys) const;
    std::vector<Media> find_all(storage::Transaction& transaction, const std::vector<Uuid>& ids) const;
    std::string original_path(const Media& photo) const;
    // A derivative with the longest side ≤ `pixels` (320, 1280), made when first asked for.
    Result<std::string> derived_path(const Media& photo, int pixels);
    // Nothing when the file is there and its digests are right; else the reason (chengge audit).
    std::optional<std::string> check_file(const Media& photo) const;

    // POST /api/v1/media; GET /api/v1/media/{media_id}/{size}. `may_read` answers whether the
    // viewer may see a photo (its case is in scope); the owner always may.
    using MayRead = std::function<bool(const identity::Viewer&, const Media&)>;
    // `is_open`: a demo city, whose simulated pictures may be seen before signing in.
    void add_routes(http::Router& router, identity::IdentityService& identity,
                    const http::Problems& problems, const MayRead& may_read, bool is_open = false);

private:
    struct State;
    explicit MediaService(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace chengge::media
