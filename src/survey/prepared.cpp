// The file: records one behind the other, then the binding, then a trailer of whole numbers. Of this machine alone: numbers as they lie in
// memory. A record: its length, whether it is unchanged, the id, then WKB and the values.
#include "survey/prepared.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "base/failure.hpp"

namespace chengge::survey {

using registry::Feature;
using registry::Value;

namespace {

constexpr std::size_t block_bytes = 1u << 20, batch_records = 1'000;
constexpr std::uint64_t digest_seed = 0x9e3779b97f4a7c15, trailer_mark = 0x31504552'47474843; // CHGGREP1

// Tells damage by accident, nothing else.
std::uint64_t digest_block(std::uint64_t digest, std::string_view bytes) {
    const auto mix = [&digest](std::uint64_t word) { digest = std::rotl((digest ^ word) * 0xff51afd7ed558ccd, 29); };
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        mix(word);
    }
    std::uint64_t rest = 0;
    if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
    mix(rest);
    mix(bytes.size());
    return digest;
}

struct Trailer {
    std::uint64_t records_bytes = 0, binding_bytes = 0, count = 0, digest = 0, mark = trailer_mark;
};

template <class Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

// Of bytes whose digest was right.
class Taker {
public:
    explicit Taker(std::string_view bytes) : bytes_(bytes) {}
    template <class Number>
    Number number() {
        Number number{};
        ASSERT(bytes_.size() >= sizeof number);
        std::memcpy(&number, bytes_.data(), sizeof number);
        bytes_.remove_prefix(sizeof number);
        return number;
    }
    std::string_view text() {
        const auto size = number<std::uint32_t>();
        ASSERT(bytes_.size() >= size);
        const auto text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return text;
    }

private:
    std::string_view bytes_;
};

enum class Tag : std::uint8_t { none, whole, number, text };

void put_value(std::string& out, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) put(out, Tag::text), put(out, std::string_view(*text));
    else if (const auto* whole = std::get_if<std::int64_t>(&value)) put(out, Tag::whole), put(out, *whole);
    else if (const auto* number = std::get_if<double>(&value)) put(out, Tag::number), put(out, *number);
    else put(out, Tag::none);
}

Value take_value(Taker& taker) {
    switch (taker.number<Tag>()) {
    case Tag::none: return {};
    case Tag::whole: return taker.number<std::int64_t>();
    case Tag::number: return taker.number<double>();
    case Tag::text: return std::string(taker.text());
    }
    return {};
}

} // namespace

std::string to_prepared(const Feature& feature, bool is_unchanged) {
    std::string record;
    record.reserve(400);
    put(record, std::uint32_t{0});
    put(record, static_cast<std::uint8_t>(is_unchanged));
    put(record, std::string_view(feature.id));
    if (!is_unchanged) {
        put(record, std::string_view(feature.geometry ? geo::to_wkb(*feature.geometry) : std::string()));
        for (const auto& value : feature.values) put_value(record, value);
    }
    const auto size = static_cast<std::uint32_t>(record.size());
    std::memcpy(record.data(), &size, sizeof size);
    return record;
}

PreparedWriter::PreparedWriter(std::string path) : path_(std::move(path)), fd_(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)), digest_(digest_seed) {
    is_broken_ = fd_ < 0;
    buffer_.reserve(block_bytes);
}

PreparedWriter::~PreparedWriter() {
    if (fd_ < 0) return;
    close(fd_);
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

void PreparedWriter::write(std::string_view bytes) {
    bytes_ += bytes.size();
    while (!bytes.empty()) {
        const auto some = bytes.substr(0, block_bytes - buffer_.size());
        buffer_.append(some);
        bytes.remove_prefix(some.size());
        if (buffer_.size() == block_bytes) flush();
    }
}

void PreparedWriter::flush() {
    digest_ = digest_block(digest_, buffer_);
    for (std::string_view left = buffer_; !left.empty() && !is_broken_;) {
        const auto done = ::write(fd_, left.data(), left.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) is_broken_ = true; // a full disk: the room is given back when the file goes
        else left.remove_prefix(static_cast<std::size_t>(done));
    }
    buffer_.clear();
}

void PreparedWriter::add(std::string_view prepared) {
    if (is_broken_) return;
    ++count_;
    write(prepared);
}

void PreparedWriter::finish(std::string_view binding) {
    if (is_broken_) return;
    Trailer trailer{.records_bytes = bytes_, .binding_bytes = binding.size(), .count = count_};
    write(binding);
    if (!buffer_.empty()) flush();
    trailer.digest = digest_;
    buffer_.assign(reinterpret_cast<const char*>(&trailer), sizeof trailer);
    flush();
    if (is_broken_) return;
    close(fd_);
    fd_ = -1;
}

PreparedFeatures::PreparedFeatures(const std::string& path, const registry::Layer& layer, std::shared_ptr<const registry::LayerSnapshot> in_force)
    : file_(path), layer_(layer), in_force_(std::move(in_force)), made_(1, [this](std::size_t number) { return make_batch(number); }) {}

std::unique_ptr<PreparedFeatures> PreparedFeatures::open(const std::string& path, std::string_view binding, const registry::Layer& layer, std::shared_ptr<const registry::LayerSnapshot> in_force) {
    std::error_code error;
    if (binding.empty() || !std::filesystem::is_regular_file(path, error)) return nullptr;
    try {
        auto features = std::unique_ptr<PreparedFeatures>(new PreparedFeatures(path, layer, std::move(in_force)));
        if (!features->read(binding)) return nullptr;
        features->sort();
        return features;
    } catch (const Failure&) {
        return nullptr; // it cannot be read: it is not needed
    }
}

bool PreparedFeatures::read(std::string_view binding) {
    const auto bytes = file_.bytes();
    Trailer trailer;
    if (bytes.size() < sizeof trailer) return false;
    std::memcpy(&trailer, bytes.data() + bytes.size() - sizeof trailer, sizeof trailer);
    const auto all = bytes.substr(0, bytes.size() - sizeof trailer);
    if (trailer.mark != trailer_mark || trailer.binding_bytes != binding.size() || trailer.records_bytes > all.size() || all.size() - trailer.records_bytes != binding.size()) return false;
    if (all.substr(trailer.records_bytes) != binding) return false;
    auto digest = digest_seed;
    for (std::size_t at = 0; at < all.size(); at += block_bytes) digest = digest_block(digest, all.substr(at, block_bytes));
    if (digest != trailer.digest) return false;
    records_.reserve(trailer.count);
    for (std::uint64_t at = 0; at < trailer.records_bytes;) {
        records_.push_back(at);
        at += Taker(all.substr(at)).number<std::uint32_t>();
    }
    return records_.size() == trailer.count;
}

void PreparedFeatures::sort() {
    struct Entry {
        std::uint64_t key;
        std::string_view id;
        std::uint64_t at;
    };
    const auto bytes = file_.bytes();
    std::vector<Entry> entries;
    entries.reserve(records_.size());
    for (const auto at : records_) {
        Taker taker(bytes.substr(at));
        (void)taker.number<std::uint32_t>();
        (void)taker.number<std::uint8_t>();
        entries.push_back({0, taker.text(), at});
    }
    // Codes of a city begin alike; the eight characters behind what is common decide nearly always.
    auto common = entries.empty() ? std::string_view() : entries.front().id;
    for (const auto& one : entries)
        while (!one.id.starts_with(common)) common.remove_suffix(1);
    for (auto& one : entries)
        for (std::size_t i = 0; i < 8; ++i) one.key = one.key << 8 | (common.size() + i < one.id.size() ? static_cast<unsigned char>(one.id[common.size() + i]) : 0);
    std::ranges::sort(entries, [](const Entry& a, const Entry& b) { return a.key != b.key ? a.key < b.key : a.id < b.id; });
    for (std::size_t i = 0; i < entries.size(); ++i) records_[i] = entries[i].at;
}

Feature PreparedFeatures::feature(std::uint64_t at) const {
    Taker taker(file_.bytes().substr(at));
    (void)taker.number<std::uint32_t>();
    const bool is_unchanged = taker.number<std::uint8_t>() != 0;
    Feature feature{.id = std::string(taker.text()), .geometry = {}, .values = {}};
    if (is_unchanged) {
        const auto place = in_force_->find(feature.id);
        ASSERT(place.has_value()); // the binding names the version
        return in_force_->feature(*place);
    }
    if (const auto wkb = taker.text(); !wkb.empty()) feature.geometry = geo::from_wkb(wkb);
    feature.values.reserve(layer_.fields.size());
    for (std::size_t i = 0; i < layer_.fields.size(); ++i) feature.values.push_back(take_value(taker));
    return feature;
}

std::optional<std::vector<Feature>> PreparedFeatures::make_batch(std::size_t number) const {
    const auto begin = number * batch_records;
    if (begin >= records_.size()) return std::nullopt;
    std::vector<Feature> features;
    features.reserve(batch_records);
    for (auto at = begin; at < std::min(records_.size(), begin + batch_records); ++at) features.push_back(feature(records_[at]));
    return features;
}

} // namespace chengge::survey
