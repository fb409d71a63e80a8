// A survey's rows, one after the other: CSV files of people and what ogr2ogr makes of the other formats.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "geo/geometry.hpp"
#include "survey/bytes.hpp"

namespace chengge::survey {

enum class Encoding { automatic, utf8, gbk };
std::optional<Encoding> parse_encoding(std::string_view text); // "auto", "utf-8", "gbk", and what .cpg files say
std::string_view encoding_name(Encoding encoding);

enum class TextState { fits, other_encoding, unreadable };

struct SourceRow {
    std::int64_t number = 0; // of the feature in the file, from 1
    std::int64_t line = 0;   // of the text on which it begins, from 1
    std::vector<std::string> values; // UTF-8, trimmed; as many as the header has names
    TextState texts = TextState::fits;
    bool has_wrong_width = false; // more or fewer fields than the header
};

// Reads by need from a file of any size, which is never mapped: who writes to it may do what he likes. Holds a megabyte of it, or one row
// and as much again. RFC 4180; the separator (comma, semicolon, tab) is the header's.
class RowReader {
public:
    // Refusals: survey_file_broken (reason), survey_file_empty. Throws Failure when the file cannot be read.
    static Result<RowReader> open(const std::string& path, Encoding encoding);
    // Of a file that another writes meanwhile: asked whenever there is no more, until it says that the writer has ended. The
    // encoding must be known.
    using IsGrowing = std::function<bool()>;
    static Result<RowReader> follow(const std::string& path, Encoding encoding, IsGrowing is_growing);

    const std::vector<std::string>& header() const { return header_; }
    Encoding encoding() const { return encoding_; } // never automatic
    // False at the end of the file, or when a row does not end.
    bool next(SourceRow& row);
    bool is_endless() const { return is_endless_; } // a row of more than 64 MB: a quote that is never closed
    std::int64_t line() const { return line_; } // to be read next
    std::int64_t bytes_done() const { return passed_ + static_cast<std::int64_t>(at_); }
    std::int64_t bytes() const { return size_; } // 0 of a file that grows

private:
    RowReader() = default;
    Result<void> begin();
    Result<void> read_header();
    bool next_fields(std::vector<std::string_view>& fields);
    // False when the bytes ended before the record did.
    bool take_fields(std::vector<std::string_view>& fields);
    // Reads on, waits for who writes; false at the end.
    bool read_more();
    void decode(std::string_view raw, std::string& out, TextState& state) const;

    struct Source;
    std::shared_ptr<Source> source_;
    std::string_view bytes_; // that the source holds
    std::size_t at_ = 0;     // in them
    std::int64_t passed_ = 0, size_ = 0; // bytes before them, of the whole
    bool is_endless_ = false;
    std::int64_t line_ = 1, number_ = 0;
    char separator_ = ',';
    Encoding encoding_ = Encoding::utf8;
    std::vector<std::string> header_;
    std::vector<std::string_view> fields_;
    std::deque<std::string> unquoted_; // keeps fields that had doubled quotes
};

// Where a row's place stands: a column of WKT, or two of coordinates.
struct GeometryColumns {
    int wkt = -1, x = -1, y = -1;
    bool are_there() const { return wkt >= 0 || (x >= 0 && y >= 0); }
};
// By the names that people give: WKT, geometry, 几何; lon/lng/longitude/x/经度/东坐标/…; the first that fits. Chinese survey tables
// write X for north: a pair "X","Y" whose numbers say so is turned (numbers: the first row's).
GeometryColumns find_geometry_columns(const std::vector<std::string>& header);

enum class ShapeState { ok, missing, unreadable, mixed };
struct SourceShape {
    ShapeState state = ShapeState::missing;
    std::optional<geo::Geometry> geometry; // in the file's own coordinates; a multi of one part is that part
};
// `mixed`: a collection, or a multipoint of several.
SourceShape read_shape(const SourceRow& row, const GeometryColumns& columns);
SourceShape read_wkt(std::string_view text);

} // namespace chengge::survey
