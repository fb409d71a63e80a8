// Photographs: what is refused, what is read from them, what is kept, who may see them.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "http/wire.hpp"
#include "kit/database_kit.hpp"
#include "kit/photo_kit.hpp"
#include "media/media_service.hpp"
#include "media/picture.hpp"

namespace media_contract_test {

using namespace chengge;
using namespace chengge::media;
using http::Method;
using http::Request;
using http::Response;
using testing::HasSubstr;

namespace {

constexpr std::int64_t start_ms = 1'795'000'000'000;

// More red than blue: the mark of the test photos.
bool is_mark(unsigned colour) { return (colour >> 16) > (colour & 0xff) + 60; }

class MediaContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        service = MediaService::open(*database, clock, folder.path() + "/media");
    }
    Result<Media> add(std::string bytes, Uuid id = {}, std::int64_t owner = 7) {
        return service->add({.id = id, .bytes = std::move(bytes), .owner_person_key = owner});
    }
    std::string code_of(std::string bytes, Uuid id = {}, std::int64_t owner = 7) {
        const auto added = add(std::move(bytes), id, owner);
        return added ? "" : added.error().code;
    }
    std::size_t count_files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
            count += entry.is_regular_file();
        return count;
    }
    kit::PhotoLook look(const Media& photo, int pixels) {
        const auto path = service->derived_path(photo, pixels);
        EXPECT_TRUE(path);
        return kit::look_at(*load_file(*path));
    }

    kit::TestDatabase database{GetParam()};
    kit::ScratchFolder folder;
    FixedClock clock{start_ms};
    std::unique_ptr<MediaService> service;
};

} // namespace

TEST_P(MediaContract, KeepsTheOriginalByItsHash) {
    const auto bytes = kit::make_photo({.width = 640, .height = 480});
    const auto added = add(bytes);
    ASSERT_TRUE(added) << added.error().code;
    EXPECT_EQ(added->content_type, "image/jpeg");
    EXPECT_EQ(added->width, 640);
    EXPECT_EQ(added->height, 480);
    EXPECT_EQ(added->sm3, sm3(bytes));
    EXPECT_EQ(added->created_ms, start_ms);
    EXPECT_FALSE(added->taken_ms);
    EXPECT_EQ(*load_file(service->original_path(*added)), bytes);
    EXPECT_THAT(
        service->original_path(*added),
        HasSubstr("/originals/" + to_hex(sm3(bytes)).substr(0, 2) + "/" + to_hex(sm3(bytes))));
    const auto got = service->get(added->id);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->key, added->key);
    EXPECT_EQ(got->sha256, sha256(bytes));
    EXPECT_EQ(service->get(make_uuid(start_ms)).error().code, "media_unknown");
}

TEST_P(MediaContract, TheSameIdWithTheSameBytesIsTheSameRecord) {
    const auto bytes = kit::make_photo({});
    const auto id = make_uuid(start_ms);
    const auto first = add(bytes, id);
    const auto files = count_files();
    const auto again = add(bytes, id);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->key, first->key);
    EXPECT_EQ(count_files(), files);
    EXPECT_EQ(code_of(kit::make_photo({.seed = 2}), id), "media_id_taken");
    EXPECT_EQ(code_of(bytes, id, 8), "media_id_taken");
    const auto other = add(bytes); // the same picture under another id shares the file
    ASSERT_TRUE(other);
    EXPECT_NE(other->key, first->key);
    EXPECT_EQ(service->original_path(*other), service->original_path(*first));
    const auto found = database->read([&](storage::Transaction& transaction) {
        return service->find_all(transaction,
                                 std::vector<Uuid>{other->id, id, make_uuid(start_ms)});
    });
    EXPECT_EQ(found.size(), 2u);
    const auto by_key = database->read([&](storage::Transaction& transaction) {
        return service->find_all(transaction, std::vector<std::int64_t>{other->key});
    });
    ASSERT_EQ(by_key.size(), 1u);
    EXPECT_EQ(by_key[0].id, other->id);
}

TEST_P(MediaContract, RefusesWhatIsNoWholePhotoAndKeepsNothing) {
    const auto jpeg = kit::make_photo({.width = 800, .height = 600});
    const auto png = kit::make_photo({.width = 80, .height = 60, .is_png = true});
    const auto files = count_files();
    EXPECT_EQ(code_of(""), "photo_type_unknown");
    EXPECT_EQ(code_of("<html><script>alert(1)</script>"), "photo_type_unknown");
    EXPECT_EQ(code_of("GIF89a" + std::string(100, 'x')), "photo_type_unknown");
    EXPECT_EQ(code_of("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "photo_type_unknown");
    EXPECT_EQ(code_of("\xff\xd8\xff" + std::string(1000, 'x')), "photo_broken");
    EXPECT_EQ(code_of(jpeg.substr(0, jpeg.size() / 2)), "photo_broken");
    EXPECT_EQ(code_of(jpeg.substr(0, jpeg.size() - jpeg.size() / 20)), "photo_broken");
    EXPECT_EQ(code_of(jpeg.substr(0, 30)), "photo_broken");
    EXPECT_EQ(code_of(png.substr(0, png.size() / 2)), "photo_broken");
    EXPECT_EQ(code_of(std::string(photo_bytes_max + 1, 'x')), "photo_too_large");
    EXPECT_EQ(count_files(), files);
}

TEST_P(MediaContract, BoundsPixelsBeforeDecoding) {
    // The head of a PNG of 60,000 × 60,000 pixels is enough to refuse it.
    std::string png = kit::make_photo({.is_png = true});
    for (const int at : {16, 20}) {
        png[static_cast<std::size_t>(at)] = 0;
        png[static_cast<std::size_t>(at) + 1] = 0;
        png[static_cast<std::size_t>(at) + 2] = static_cast<char>(60'000 >> 8);
        png[static_cast<std::size_t>(at) + 3] = static_cast<char>(60'000 & 0xff);
    }
    const auto checksum = ::crc32(0, reinterpret_cast<const Bytef*>(png.data()) + 12, 17);
    for (int i = 0; i < 4; ++i)
        png[29 + static_cast<std::size_t>(i)] = static_cast<char>(checksum >> (24 - 8 * i));
    EXPECT_EQ(code_of(png), "photo_too_many_pixels");
    // A JPEG head carries no checksum.
    std::string jpeg = kit::make_photo({});
    const auto frame = jpeg.find("\xff\xc0");
    ASSERT_NE(frame, std::string::npos);
    for (const std::size_t at : {frame + 5, frame + 7}) {
        jpeg[at] = static_cast<char>(0xea);
        jpeg[at + 1] = static_cast<char>(0x60);
    }
    EXPECT_EQ(code_of(jpeg), "photo_too_many_pixels");
}

TEST_P(MediaContract, ReadsTimeAndPlaceOfThePhoto) {
    const auto added =
        add(kit::with_exif(kit::make_photo({}), {.latitude_side = "N", .longitude_side = "E"}));
    ASSERT_TRUE(added) << added.error().code;
    EXPECT_EQ(added->taken_ms, parse_instant("2026-11-22T08:30:00+08:00"));
    ASSERT_TRUE(added->lat && added->lon);
    EXPECT_NEAR(*added->lat, 21 + 16 / 60.0 + 12.34 / 3600, 1e-9);
    EXPECT_NEAR(*added->lon, 110 + 21 / 60.0 + 43.21 / 3600, 1e-9);
    const auto abroad = add(kit::with_exif(
        kit::make_photo({}), {.offset = "+09:00", .latitude_side = "S", .longitude_side = "W"}));
    EXPECT_EQ(abroad->taken_ms, parse_instant("2026-11-22T08:30:00+09:00"));
    EXPECT_LT(*abroad->lat, 0);
    EXPECT_LT(*abroad->lon, 0);
    const auto unset = add(kit::with_exif(kit::make_photo({}), {.taken = "0000:00:00 00:00:00"}));
    ASSERT_TRUE(unset);
    EXPECT_FALSE(unset->taken_ms);
    EXPECT_FALSE(unset->lon);
}

TEST_P(MediaContract, TurnsDerivativesUprightAndStripsThem) {
    // 6: the camera was turned; the stored left upper corner belongs to the right upper one.
    const auto added =
        add(kit::with_exif(kit::make_photo({.width = 600, .height = 400}),
                           {.orientation = 6, .latitude_side = "N", .longitude_side = "E"}));
    ASSERT_TRUE(added) << added.error().code;
    EXPECT_EQ(added->width, 400);
    EXPECT_EQ(added->height, 600);
    const auto small = look(*added, 320);
    EXPECT_EQ(small.height, 320);
    EXPECT_NEAR(small.width, 213, 1);
    EXPECT_TRUE(is_mark(small.upper_right))
        << std::hex << small.upper_right << ' ' << small.upper_left << ' ' << small.lower_left;
    EXPECT_FALSE(is_mark(small.upper_left));
    EXPECT_FALSE(small.has_exif);
    const auto path = *service->derived_path(*added, 1280);
    EXPECT_EQ(load_file(path)->find("Exif"), std::string::npos);
    EXPECT_TRUE(kit::look_at(*load_file(service->original_path(*added))).has_exif);
}

TEST_P(MediaContract, MakesDerivativesAgainWhenTheyAreGone) {
    const auto added = add(kit::make_photo({.width = 2000, .height = 1500, .is_png = true}));
    ASSERT_TRUE(added) << added.error().code;
    EXPECT_EQ(added->content_type, "image/png");
    EXPECT_EQ(look(*added, 1280).width, 1280);
    EXPECT_EQ(look(*added, 320).width, 320);
    std::filesystem::remove_all(folder.path() + "/media/derived");
    EXPECT_EQ(look(*added, 320).width, 320);
    EXPECT_TRUE(is_mark(look(*added, 320).upper_left));
}

TEST_P(MediaContract, TransparentPartsBecomeWhite) {
    const auto added =
        add(kit::make_photo({.width = 400, .height = 300, .is_png = true, .has_alpha = true}));
    ASSERT_TRUE(added) << added.error().code;
    const auto small = look(*added, 320);
    EXPECT_TRUE(is_mark(small.upper_left));
    EXPECT_EQ(small.lower_left, 0xffffffu);
}

TEST_P(MediaContract, ColoursOfAnotherProfileBecomeSrgb) {
    const auto first = add(kit::make_photo({.width = 900, .height = 600})), second = add(kit::make_photo({.width = 900, .height = 600, .is_wide = true}));
    ASSERT_TRUE(first && second);
    const auto plain = look(*first, 320), wide = look(*second, 320);
    const auto red_of = [](unsigned colour) { return static_cast<int>(colour >> 16); };
    const auto green_of = [](unsigned colour) { return static_cast<int>(colour >> 8 & 0xff); };
    EXPECT_NEAR(red_of(plain.upper_left), 230, 4);
    EXPECT_NEAR(green_of(plain.upper_left), 30, 6);
    // The red of a wide display is beyond what sRGB has.
    EXPECT_GT(red_of(wide.upper_left), 240);
    EXPECT_LT(green_of(wide.upper_left), 20);
    EXPECT_FALSE(wide.has_profile);
}

TEST_P(MediaContract, NeverEnlarges) {
    const auto added = add(kit::make_photo({.width = 40, .height = 30, .is_interlaced = true}));
    ASSERT_TRUE(added) << added.error().code;
    EXPECT_EQ(look(*added, 1280).width, 40);
    EXPECT_EQ(look(*added, 320).width, 40);
}

TEST_P(MediaContract, FindsDamagedFiles) {
    const auto added = add(kit::make_photo({}));
    EXPECT_EQ(service->check_file(*added), std::nullopt);
    auto bytes = *load_file(service->original_path(*added));
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    save_file(service->original_path(*added), bytes);
    EXPECT_THAT(*service->check_file(*added), HasSubstr("SM3"));
    save_file(service->original_path(*added), bytes + "x");
    EXPECT_THAT(*service->check_file(*added), HasSubstr("length"));
    std::filesystem::remove(service->original_path(*added));
    EXPECT_THAT(*service->check_file(*added), HasSubstr("missing"));
}

namespace {

class MediaRoutes : public MediaContract {
protected:
    void SetUp() override {
        MediaContract::SetUp();
        auto opened = identity::IdentityService::open(*database, clock,
                                                      {.data_folder = CHENGGE_SOURCE "/data",
                                                       .keys_folder = folder.path() + "/keys",
                                                       .is_demo = true});
        ASSERT_TRUE(opened);
        identity = std::move(*opened);
        const auto person = [](std::string login, std::string role) {
            return identity::IdentityService::NewPerson{.id = {},
                                                        .login = login,
                                                        .name = login,
                                                        .phone = "",
                                                        .organisation_code = "supervision",
                                                        .roles = {role},
                                                        .password = {},
                                                        .must_change_password = false};
        };
        ASSERT_TRUE(identity->add_all(
            {{"supervision", "监督中心", "supervision_center", "", ""}},
            {person("collector", "collector"), person("operator", "intake_operator"),
             person("stranger", "collector"), person("citizen", "citizen"),
             person("sysadmin", "system_admin"), person("auditor", "audit_admin")}));
        auto problems = http::Problems::load(CHENGGE_SOURCE "/api/errors.csv");
        ASSERT_TRUE(problems);
        identity->add_routes(router, *problems);
        service->add_routes(
            router, *identity, *problems,
            [](const identity::Viewer& viewer, const Media&) { return viewer.scope.sees_all; });
    }
    Response send(Method method, const std::string& target, std::string_view login,
                  std::string body = "",
                  std::vector<std::pair<std::string, std::string>> headers = {}) {
        const auto parsed = http::parse_target(target);
        auto match = router.find(method, parsed->segments);
        Request request;
        request.method = method;
        request.path_values = match.path_values;
        request.headers = std::move(headers);
        request.headers.emplace_back("Authorization",
                                     "Bearer " + identity->sign_in_demo(std::string(login))->token);
        request.body = std::move(body);
        return match.route->handler(request);
    }
    static std::string member(const Response& response, std::string_view name) {
        return std::string(json::parse(response.body).at(std::string(name)).as_string());
    }

    std::unique_ptr<identity::IdentityService> identity;
    http::Router router;
};

} // namespace

TEST_P(MediaRoutes, TakesRawBodiesAndForms) {
    const auto bytes = kit::make_photo({});
    const auto id = format_uuid(make_uuid(start_ms));
    const auto raw = send(Method::post, "/api/v1/media", "collector", bytes,
                          {{"Content-Type", "image/jpeg"}, {"X-Media-Id", id}});
    ASSERT_EQ(raw.status, 201) << raw.body;
    EXPECT_EQ(member(raw, "media_id"), id);
    EXPECT_EQ(member(raw, "sm3"), to_hex(sm3(bytes)));
    const auto second = format_uuid(make_uuid(start_ms));
    const auto form =
        "--B\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n" + second +
        "\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"井盖.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" +
        bytes + "\r\n--B--\r\n";
    const auto posted = send(Method::post, "/api/v1/media", "collector", form,
                             {{"Content-Type", "multipart/form-data; boundary=B"}});
    ASSERT_EQ(posted.status, 201) << posted.body;
    EXPECT_EQ(member(posted, "media_id"), second);
    EXPECT_EQ(member(send(Method::post, "/api/v1/media", "collector", "text"), "code"),
              "photo_type_unknown");
    EXPECT_EQ(member(send(Method::post, "/api/v1/media", "collector", bytes, {{"X-Media-Id", "7"}}),
                     "code"),
              "bad_member");
    EXPECT_EQ(member(send(Method::post, "/api/v1/media", "collector", "--B--",
                          {{"Content-Type", "multipart/form-data; boundary=B"}}),
                     "code"),
              "bad_multipart");
    EXPECT_EQ(member(send(Method::post, "/api/v1/media", "auditor", bytes), "code"), "forbidden");
}

TEST_P(MediaRoutes, ShowsPhotosToTheirOwnerAndWhomTheCaseIsShown) {
    const auto id =
        member(send(Method::post, "/api/v1/media", "collector", kit::make_photo({})), "media_id");
    const auto path = "/api/v1/media/" + id;
    const auto small = send(Method::get, path + "/thumbnail", "collector");
    EXPECT_EQ(small.status, 200);
    EXPECT_EQ(http::header_of(small, "Cache-Control"), "private, max-age=31536000, immutable");
    EXPECT_NE(http::header_of(small, "ETag"),
              http::header_of(send(Method::get, path + "/large", "operator"), "ETag"));
    EXPECT_EQ(member(send(Method::get, path + "/thumbnail", "stranger"), "code"), "media_unknown");
    EXPECT_EQ(member(send(Method::get, path + "/huge", "operator"), "code"), "media_unknown");
    EXPECT_EQ(member(send(Method::get, "/api/v1/media/7/large", "operator"), "code"),
              "media_unknown");
    // Sees photographs of updates from the street, and no case's.
    EXPECT_EQ(member(send(Method::get, path + "/large", "sysadmin"), "code"), "media_unknown");
}

TEST_P(MediaRoutes, OriginalsNeedAPermissionAndAreLogged) {
    const auto id =
        member(send(Method::post, "/api/v1/media", "citizen", kit::make_photo({})), "media_id");
    const auto path = "/api/v1/media/" + id + "/original";
    EXPECT_EQ(member(send(Method::get, path, "citizen"), "code"), "forbidden");
    EXPECT_FALSE(send(Method::get, path, "operator").file.empty());
    static const storage::Statement query(
        "test", "SELECT COUNT(*) AS n FROM access_log WHERE act = 'original_read'",
        "SELECT COUNT(*) AS n FROM access_log WHERE act = 'original_read'");
    EXPECT_EQ(database->read([](storage::Transaction& transaction) {
        return transaction.run(query)[0].integer("n");
    }),
              1);
}

ON_BOTH_ENGINES(MediaContract);
ON_BOTH_ENGINES(MediaRoutes);

} // namespace media_contract_test
