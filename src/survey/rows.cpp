#include "survey/rows.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "base/text.hpp"

namespace chengge::survey {

namespace {

constexpr std::size_t columns_max = 1000;
constexpr std::size_t read_bytes = 1u << 20;        // at once
constexpr std::size_t record_bytes_max = 64u << 20; // of one row
constexpr auto follow_wait = std::chrono::milliseconds(4);
constexpr std::size_t value_bytes_max = 32u << 20; // an outline of a million points

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char one) { return static_cast<unsigned char>(one) < 0x80; });
}

// What the bytes say themselves: UTF-8 when all of them are; else the encoding of most lines that are not plain.
Encoding detect(int fd) {
    constexpr std::size_t line_bytes_max = 16u << 20; // a longer one is judged by its pieces
    std::size_t utf8 = 0, other = 0;
    const auto judge = [&](std::string_view line) {
        if (!is_ascii(line)) ++(from_cut_utf8(line) ? utf8 : other);
    };
    std::string held;
    for (off_t at = 0;;) {
        const auto kept = held.size();
        held.resize(kept + read_bytes);
        const auto got = ::pread(fd, held.data() + kept, read_bytes, at);
        if (got < 0 && errno != EINTR) throw Failure("temporarily_unavailable", "cannot read a survey's rows");
        held.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) break;
        at += std::max<ssize_t>(got, 0);
        std::size_t begin = 0;
        for (auto end = held.find('\n'); end != std::string::npos; end = held.find('\n', begin)) {
            judge(std::string_view(held).substr(begin, end - begin));
            begin = end + 1;
        }
        held.erase(0, begin);
        if (held.size() > line_bytes_max) judge(held), held.clear();
    }
    judge(held);
    return other > 0 && utf8 <= other ? Encoding::gbk : Encoding::utf8;
}

std::optional<double> number_of(std::string_view text) {
    text = trim(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

} // namespace

std::optional<Encoding> parse_encoding(std::string_view text) {
    const auto name = to_lower_ascii(trim(text));
    if (name.empty() || name == "auto") return Encoding::automatic;
    for (const auto* known : {"utf-8", "utf8", "65001", "cp65001"})
        if (name == known) return Encoding::utf8;
    for (const auto* known : {"gbk", "gb2312", "gb18030", "936", "cp936", "ansi 936", "oem 936", "ansi_936", "windows-936"})
        if (name == known) return Encoding::gbk;
    return std::nullopt;
}

std::string_view encoding_name(Encoding encoding) { return encoding == Encoding::gbk ? "gbk" : encoding == Encoding::utf8 ? "utf-8" : "auto"; }

// A file's descriptor and what of it is not passed yet.
struct RowReader::Source {
    int fd = -1;
    IsGrowing is_growing; // empty: it is whole
    std::string bytes;
    ~Source() {
        if (fd >= 0) close(fd);
    }
};

Result<RowReader> RowReader::open(const std::string& path, Encoding encoding) {
    RowReader reader;
    reader.source_ = std::make_shared<Source>();
    const int fd = reader.source_->fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || fstat(fd, &info) != 0) throw Failure("temporarily_unavailable", "cannot read " + path + ": " + std::strerror(errno));
    reader.size_ = info.st_size;
    if (info.st_size == 0) return fail("survey_file_empty");
    char mark[3] = {};
    const auto got = ::pread(fd, mark, sizeof mark, 0);
    const std::string_view first(mark, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF")) return fail("survey_file_broken", {{"reason", "it is UTF-16; save it as UTF-8 or GBK"}});
    const bool is_marked = first == "\xEF\xBB\xBF";
    reader.encoding_ = encoding != Encoding::automatic ? encoding : is_marked ? Encoding::utf8 : detect(fd);
    TRY(reader.begin());
    return reader;
}

Result<RowReader> RowReader::follow(const std::string& path, Encoding encoding, IsGrowing is_growing) {
    ASSERT(encoding != Encoding::automatic);
    RowReader reader;
    reader.encoding_ = encoding;
    reader.source_ = std::make_shared<Source>();
    auto& source = *reader.source_;
    source.is_growing = std::move(is_growing);
    for (bool is_growing_yet = true; source.fd < 0;) { // the writer may not have begun
        source.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (source.fd < 0 && !is_growing_yet) return fail("survey_file_empty");
        if (source.fd >= 0) break;
        is_growing_yet = source.is_growing();
        std::this_thread::sleep_for(follow_wait);
    }
    TRY(reader.begin());
    return reader;
}

// Up to the first row.
Result<void> RowReader::begin() {
    while (bytes_.find('\n') == std::string_view::npos && bytes_.size() < record_bytes_max && read_more()) {}
    if (bytes_.empty()) return fail("survey_file_empty");
    if (bytes_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    TRY(read_header());
    return {};
}

Result<void> RowReader::read_header() {
    const auto first = bytes_.substr(0, std::min(bytes_.find('\n'), bytes_.size()));
    std::size_t most = 0;
    for (const char separator : {',', ';', '\t'})
        if (const auto found = static_cast<std::size_t>(std::ranges::count(first, separator)); found > most) most = found, separator_ = separator;
    std::vector<std::string_view> fields;
    if (!next_fields(fields)) return fail("survey_file_empty");
    if (fields.size() > columns_max) return fail("survey_file_broken", {{"reason", "more than 1,000 columns"}});
    for (const auto field : fields) {
        std::string name;
        TextState state = TextState::fits;
        decode(field, name, state);
        header_.push_back(std::move(name));
    }
    return {};
}

bool RowReader::read_more() {
    auto& held = source_->bytes;
    held.erase(0, at_);
    passed_ += static_cast<std::int64_t>(at_);
    at_ = 0;
    const auto kept = held.size();
    // As much again as one record has asked for so far: a long one is not walked through again and again.
    held.resize(kept + std::max(read_bytes, kept));
    auto end = kept;
    while (end < held.size()) {
        const bool is_growing = source_->is_growing && source_->is_growing(); // asked first: what it wrote before it ended is read after
        const auto got = ::read(source_->fd, held.data() + end, held.size() - end);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Failure("temporarily_unavailable", "cannot read a survey's rows");
        end += static_cast<std::size_t>(got);
        if (got == 0 && (!is_growing || end - kept >= read_bytes / 4)) break;
        if (got == 0) std::this_thread::sleep_for(follow_wait);
    }
    held.resize(end);
    bytes_ = held;
    return end > kept;
}

bool RowReader::next_fields(std::vector<std::string_view>& fields) {
    for (;;) {
        const auto at = at_;
        const auto line = line_;
        if (take_fields(fields)) return true;
        at_ = at;
        line_ = line;
        if (bytes_.size() - at > record_bytes_max) {
            is_endless_ = true;
            return false;
        }
        // The last record need not end with a line's end.
        if (!read_more()) return take_fields(fields) || !fields.empty();
    }
}

// One record's fields, as they stand in the file or, where quotes were doubled, in unquoted_.
bool RowReader::take_fields(std::vector<std::string_view>& fields) {
    fields.clear();
    unquoted_.clear();
    if (at_ >= bytes_.size()) return false;
    for (;;) {
        if (at_ < bytes_.size() && bytes_[at_] == '"') {
            const auto begin = ++at_;
            bool has_doubled = false;
            for (;;) {
                const auto quote = bytes_.find('"', at_);
                const auto end = std::min(quote, bytes_.size());
                line_ += std::count(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), bytes_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
                at_ = end;
                if (quote == std::string_view::npos) break; // not closed: to the end of the file
                if (quote + 1 < bytes_.size() && bytes_[quote + 1] == '"') {
                    has_doubled = true;
                    at_ = quote + 2;
                    continue;
                }
                break;
            }
            auto field = bytes_.substr(begin, at_ - begin);
            if (at_ < bytes_.size()) ++at_;
            if (has_doubled) {
                std::string plain;
                for (std::size_t i = 0; i < field.size(); ++i) {
                    plain += field[i];
                    if (field[i] == '"') ++i;
                }
                unquoted_.push_back(std::move(plain));
                field = unquoted_.back();
            }
            fields.push_back(field);
            // What stands between the closing quote and the separator is dropped.
            while (at_ < bytes_.size() && bytes_[at_] != separator_ && bytes_[at_] != '\n') ++at_;
        } else {
            const auto begin = at_;
            while (at_ < bytes_.size() && bytes_[at_] != separator_ && bytes_[at_] != '\n') ++at_;
            auto field = bytes_.substr(begin, at_ - begin);
            if (field.ends_with('\r')) field.remove_suffix(1);
            fields.push_back(field);
        }
        if (at_ >= bytes_.size()) return false;
        if (bytes_[at_++] == '\n') {
            ++line_;
            return true;
        }
        if (fields.size() > columns_max * 2) return true;
    }
}

void RowReader::decode(std::string_view raw, std::string& out, TextState& state) const {
    if (raw.size() > value_bytes_max) {
        raw = raw.substr(0, 80);
        state = TextState::unreadable;
    }
    raw = trim(raw);
    if (is_ascii(raw)) {
        out.assign(raw);
        if (out.find('\0') != std::string::npos) std::erase(out, '\0');
        return;
    }
    auto text = encoding_ == Encoding::gbk ? from_gbk(raw) : from_cut_utf8(raw);
    // Bytes of UTF-8 read as GBK make rare characters; a text that is whole UTF-8 of three bytes each is taken as it is.
    const bool is_plainly_utf8 = encoding_ == Encoding::gbk && raw.size() >= 6 && is_utf8(raw) && is_surely_nfc(raw);
    if (!text || is_plainly_utf8) {
        auto other = encoding_ == Encoding::gbk ? std::optional(std::string(raw)) : from_gbk(raw);
        if (encoding_ == Encoding::gbk && !is_utf8(raw)) other.reset();
        state = other ? std::max(state, TextState::other_encoding) : TextState::unreadable;
        text = other ? std::move(other) : std::optional(to_utf8(raw));
    }
    out = is_surely_nfc(*text) ? std::move(*text) : to_nfc(*text);
    std::erase_if(out, [](char one) { return static_cast<unsigned char>(one) < 0x20 && one != '\n' && one != '\t'; });
}

bool RowReader::next(SourceRow& row) {
    do {
        row.line = line_;
        if (!next_fields(fields_)) return false;
    } while (fields_.size() == 1 && trim(fields_[0]).empty() && header_.size() > 1); // blank lines
    row.number = ++number_;
    row.texts = TextState::fits;
    row.has_wrong_width = fields_.size() != header_.size();
    row.values.resize(header_.size());
    for (std::size_t i = 0; i < header_.size(); ++i) {
        if (i < fields_.size()) decode(fields_[i], row.values[i], row.texts);
        else row.values[i].clear();
    }
    return true;
}

namespace {

int find_named(const std::vector<std::string>& header, std::initializer_list<std::string_view> names) {
    for (const auto name : names)
        for (std::size_t i = 0; i < header.size(); ++i)
            if (to_lower_ascii(header[i]) == name) return static_cast<int>(i);
    return -1;
}

// "(1 2)" of a POINT, the shape of most rows.
std::optional<geo::Point> quick_point(std::string_view text) {
    if (!text.starts_with("POINT (") || !text.ends_with(')')) return std::nullopt;
    text = text.substr(7, text.size() - 8);
    geo::Point point;
    const auto first = std::from_chars(text.data(), text.data() + text.size(), point.lon);
    if (first.ec != std::errc() || first.ptr == text.data() + text.size() || *first.ptr != ' ') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, text.data() + text.size(), point.lat);
    if (second.ec != std::errc() || second.ptr != text.data() + text.size() || !std::isfinite(point.lon) || !std::isfinite(point.lat)) return std::nullopt;
    return point;
}

} // namespace

GeometryColumns find_geometry_columns(const std::vector<std::string>& header) {
    GeometryColumns columns;
    columns.wkt = find_named(header, {"wkt", "geometry", "geom", "the_geom", "几何", "空间坐标"});
    columns.x = find_named(header, {"lon", "lng", "longitude", "经度", "东坐标", "横坐标", "point_x", "pointx", "east", "easting", "x"});
    columns.y = find_named(header, {"lat", "latitude", "纬度", "北坐标", "纵坐标", "point_y", "pointy", "north", "northing", "y"});
    return columns;
}

SourceShape read_wkt(std::string_view text) {
    text = trim(text);
    SourceShape shape;
    if (text.empty()) return shape;
    if (const auto point = quick_point(text)) return {ShapeState::ok, *point};
    if (text.ends_with("EMPTY")) return shape;
    auto upper = std::string(text.substr(0, 20));
    for (auto& one : upper)
        if (one >= 'a' && one <= 'z') one = static_cast<char>(one - 32);
    if (upper.starts_with("MULTIPOINT")) {
        // MULTIPOINT (1 2) and MULTIPOINT ((1 2)); several are no one place.
        std::string inside(text.substr(std::min(text.find('('), text.size())));
        if (inside.find(',') != std::string::npos) return {ShapeState::mixed, {}};
        std::erase_if(inside, [](char one) { return one == '(' || one == ')'; });
        auto point = geo::from_wkt("POINT (" + inside + ")");
        return point ? SourceShape{ShapeState::ok, std::move(point)} : SourceShape{ShapeState::unreadable, {}};
    }
    if (upper.starts_with("GEOMETRYCOLLECTION")) return {ShapeState::mixed, {}};
    shape.geometry = geo::from_wkt(text);
    shape.state = shape.geometry ? ShapeState::ok : ShapeState::unreadable;
    if (!shape.geometry) return shape;
    if (auto* areas = std::get_if<geo::MultiPolygon>(&*shape.geometry); areas != nullptr && areas->size() == 1) {
        auto one = std::move(areas->front());
        shape.geometry = std::move(one);
    } else if (auto* lines = std::get_if<geo::MultiLine>(&*shape.geometry); lines != nullptr && lines->size() == 1) {
        auto one = std::move(lines->front());
        shape.geometry = std::move(one);
    }
    return shape;
}

SourceShape read_shape(const SourceRow& row, const GeometryColumns& columns) {
    if (columns.wkt >= 0)
        if (auto shape = read_wkt(row.values[static_cast<std::size_t>(columns.wkt)]); shape.state != ShapeState::missing || columns.x < 0 || columns.y < 0) return shape;
    if (columns.x < 0 || columns.y < 0) return {};
    const auto &x = row.values[static_cast<std::size_t>(columns.x)], &y = row.values[static_cast<std::size_t>(columns.y)];
    if (x.empty() && y.empty()) return {};
    const auto east = number_of(x), north = number_of(y);
    if (!east || !north) return {ShapeState::unreadable, {}};
    // Survey tables write X for north and Y for east: in China north is less than 54 degrees and east more than 73.
    const bool are_degrees_turned = *east <= 54 && *east >= 3 && *north >= 73 && *north <= 136;
    // In metres north is between 0.4 and 6 million, east 100 to 900 thousand, or with the zone's number before it over 13 million.
    const bool are_metres_turned = *east >= 1'500'000 && *east <= 6'100'000 && ((*north >= 100'000 && *north <= 900'000) || *north >= 13'000'000);
    const bool are_turned = are_degrees_turned || are_metres_turned;
    return {ShapeState::ok, are_turned ? geo::Point{*north, *east} : geo::Point{*east, *north}};
}

} // namespace chengge::survey
