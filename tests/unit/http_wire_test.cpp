#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/csv.hpp"
#include "http/http.hpp"
#include "http/wire.hpp"
#include "kit/scratch_folder.hpp"

namespace http_wire_test {

using namespace chengge;
using namespace chengge::http;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::string gunzip(std::string_view packed) {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

constexpr std::string_view form_type = "multipart/form-data; boundary=XyZ";

} // namespace

TEST(Target, DecodesPathAndQuery) {
    const auto target =
        parse_target("/api/v1/cases/%E6%B9%9B?q=%E4%BA%95+%E7%9B%96&light=red&light=green&empty");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/api/v1/cases/湛");
    EXPECT_EQ(target->query.at("q"), "井 盖");
    EXPECT_EQ(target->query.at("light"), "green");
    EXPECT_EQ(target->query.at("empty"), "");
    EXPECT_EQ(parse_target("http://example.org/a?b=1")->path, "/a");
}

TEST(Target, RefusesWhatNoHonestClientSends) {
    for (const auto* bad : {"", "a", "*", "/%", "/%4", "/%zz", "/%00", "/a/../b", "/a/%2e%2e/b",
                            "/a/%2fetc", "/a/..%5cb", "/%ff", "/a/./b", "/a%0d%0aX: 1"})
        EXPECT_FALSE(parse_target(bad)) << bad;
    for (const auto* bad : {"/?a=%", "/?a=%00", "/?%ff=1"})
        EXPECT_EQ(parse_target(bad).error().code, "bad_query") << bad;
}

TEST(Router, ExactSegmentsWinButLeaveOtherMethodsToParameters) {
    Router router;
    const auto handler = [](const Request&) { return Response::empty(); };
    router.add(Method::del, "/sessions/current", handler);
    router.add(Method::del, "/sessions/{session_id}", handler);
    router.add(Method::get, "/sessions/{session_id}", handler);
    EXPECT_TRUE(router.find(Method::del, {"sessions", "current"}).path_values.empty());
    EXPECT_EQ(router.find(Method::get, {"sessions", "current"}).path_values.at("session_id"),
              "current");
    EXPECT_EQ(router.find(Method::del, {"sessions", "7"}).path_values.at("session_id"), "7");
    EXPECT_NE(router.find(Method::head, {"sessions", "7"}).route, nullptr);
    EXPECT_EQ(router.find(Method::put, {"sessions", "7"}).allowed, "DELETE, GET, HEAD");
    EXPECT_EQ(router.find(Method::get, {"sessions", ""}).route, nullptr);
    EXPECT_EQ(router.find(Method::get, {"sessions"}).allowed, "");
    EXPECT_EQ(router.entries().size(), 3u);
}

TEST(Request, ReadsCookiesAndLanguage) {
    Request request;
    request.headers = {{"cookie", "a=1; chengge_session=tok; b=2"},
                       {"Accept-Language", "fr, en;q=0.9, zh;q=0.4"}};
    EXPECT_EQ(request.cookie("chengge_session"), "tok");
    EXPECT_FALSE(request.cookie("session"));
    EXPECT_EQ(request.language(), "en");
    request.query["lang"] = "zh";
    EXPECT_EQ(request.language(), "zh");
    EXPECT_EQ(Request{}.language(), "zh");
}

TEST(Problems, SaysWhatToDoInTheReadersLanguage) {
    const auto problems = Problems::load(CHENGGE_SOURCE "/api/errors.csv");
    ASSERT_TRUE(problems) << problems.error().facts.at("reason");
    Request request;
    request.id = "abc";
    request.headers = {{"Accept-Language", "en"}};
    const auto response =
        problems->answer({"body_too_large", {{"limit_kb", "256"}, {"status", "9"}}}, request);
    EXPECT_EQ(response.status, 413);
    const auto document = json::parse(response.body).as_object();
    EXPECT_EQ(document.at("type"), "urn:chengge:error:body_too_large");
    EXPECT_EQ(document.at("status"), 413);
    EXPECT_EQ(document.at("limit_kb"), "256");
    EXPECT_EQ(document.at("request_id"), "abc");
    EXPECT_EQ(document.at("detail"), document.at("en"));
    EXPECT_THAT(std::string(document.at("zh").as_string()), HasSubstr("256 KB"));
    EXPECT_EQ(problems->answer({"no_such_code", {}}, request).status, 500);
}

TEST(Problems, RefusesATableWithAFault) {
    const kit::ScratchFolder scratch;
    const auto path = scratch.path() + "/problems.csv";
    for (const auto* rows :
         {"code,status,zh\n", "code,status,zh,en\na,200,b,c\n", "code,status,zh,en\na,400,,c\n",
          "code,status,zh,en\na,400,b,c\na,400,b,c\n"}) {
        save_file(path, rows);
        EXPECT_FALSE(Problems::load(path)) << rows;
    }
}

TEST(Multipart, ReadsFieldsAndFiles) {
    const std::string body =
        "--XyZ\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n42\r\n"
        "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\";.jpg\"\r\n"
        "Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--Xy\r\n\r\n--XyZ\r\n"
        "content-disposition: form-data; name=empty\r\n\r\n\r\n--XyZ--\r\n";
    const auto parts = parse_multipart(form_type, body);
    ASSERT_TRUE(parts) << parts.error().facts.at("reason");
    ASSERT_EQ(parts->size(), 3u);
    EXPECT_EQ((*parts)[0].name, "id");
    EXPECT_EQ((*parts)[0].bytes, "42");
    EXPECT_EQ((*parts)[1].file_name, "a \"b\";.jpg");
    EXPECT_EQ((*parts)[1].content_type, "image/jpeg");
    EXPECT_EQ((*parts)[1].bytes, "\xff\xd8\r\n--Xy\r\n");
    EXPECT_EQ((*parts)[2].bytes, "");
}

TEST(Multipart, RefusesBrokenBodies) {
    const auto refused = [](std::string_view type, std::string_view body) {
        const auto parts = parse_multipart(type, body);
        return !parts && parts.error().code == "bad_multipart";
    };
    const std::string header = "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n";
    EXPECT_TRUE(refused("text/plain", ""));
    EXPECT_TRUE(refused("multipart/form-data", "--XyZ--"));
    EXPECT_TRUE(refused("multipart/form-data; boundary=\"unclosed", "--unclosed--"));
    EXPECT_TRUE(refused(form_type, ""));
    EXPECT_TRUE(refused(form_type, "--XyZ"));
    EXPECT_TRUE(refused(form_type, header));
    EXPECT_TRUE(refused(form_type, header + "\r\nno end"));
    EXPECT_TRUE(refused(form_type, header + "\r\n--XyZ"));
    EXPECT_TRUE(refused(form_type, "--XyZ\r\n\r\nno header\r\n--XyZ--"));
    EXPECT_TRUE(refused(form_type, "--XyZ\r\nContent-Type: text/plain\r\n\r\nx\r\n--XyZ--"));
    EXPECT_TRUE(refused(form_type, "--XyZ\r\n" + std::string(9000, 'h') + "\r\n\r\nx\r\n--XyZ--"));
    std::string many;
    for (int i = 0; i < 65; ++i) many += header + "\r\nx\r\n";
    EXPECT_TRUE(refused(form_type, many + "--XyZ--"));
}

// Every cut of a good body is either refused or a prefix of its parts; none crashes.
TEST(Multipart, SurvivesEveryTruncation) {
    const std::string body =
        "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XyZ--\r\n";
    for (std::size_t length = 0; length + 4 < body.size(); ++length)
        EXPECT_FALSE(parse_multipart(form_type, body.substr(0, length))) << length;
}

TEST(Outgoing, CompressesLongTextWhenAccepted) {
    Request request;
    request.headers = {{"Accept-Encoding", "br, gzip;q=0.5"}};
    const std::string text(5000, 'x');
    auto response = Response::text(text, "application/geo+json").with("ETag", "\"7\"");
    const auto packed = make_outgoing(request, response, {});
    EXPECT_LT(packed.body.size(), 200u);
    EXPECT_EQ(gunzip(packed.body), text);
    EXPECT_THAT(header_block(packed), HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_THAT(header_block(packed), HasSubstr("ETag: W/\"7\"\r\n"));
    request.headers = {{"Accept-Encoding", "gzip;q=0"}};
    EXPECT_EQ(make_outgoing(request, response, {}).body, text);
}

TEST(Outgoing, AnswersNotModified) {
    Request request;
    request.headers = {{"If-None-Match", "\"6\", W/\"7\""}};
    const auto outgoing = make_outgoing(request, Response::text("abc").with("ETag", "\"7\""), {});
    EXPECT_EQ(outgoing.status, 304);
    EXPECT_EQ(outgoing.body, "");
}

TEST(Outgoing, DropsHeadersThatWouldBeginNewOnes) {
    Response response = Response::text("a");
    response.with("X-Name", "a\r\nSet-Cookie: evil=1")
        .with("Bad Name", "b")
        .with("Location", "/湛江");
    const auto block = header_block(make_outgoing(
        {}, response, {.content_security_policy = ServerOptions{}.content_security_policy}));
    EXPECT_THAT(block, testing::Not(HasSubstr("evil")));
    EXPECT_THAT(block, testing::Not(HasSubstr("Bad Name")));
    EXPECT_THAT(block, HasSubstr("Location: /湛江\r\n"));
    EXPECT_THAT(block, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(block, HasSubstr("frame-ancestors 'self'"));
}

} // namespace http_wire_test
