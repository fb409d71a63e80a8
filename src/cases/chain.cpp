#include "cases/chain.hpp"

#include <algorithm>
#include <charconv>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace chengge::cases {

namespace {

void append_text(std::string& out, const std::string& value) {
    if (is_surely_nfc(value)) append_field(out, value);
    else append_field(out, to_nfc(value));
}

std::string media_text(const std::vector<rules::MediaRef>& media) {
    std::vector<std::string> hashes;
    for (const auto& one : media) hashes.push_back(one.sm3_hex);
    std::sort(hashes.begin(), hashes.end());
    return join(hashes, "\n");
}

} // namespace

void append_field(std::string& out, const std::string& value) {
    const auto length = static_cast<std::uint32_t>(value.size());
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 255);
    out += value;
}

std::string chain_start(const Uuid& case_id) { return sm3(std::string(1, '\0') + format_uuid(case_id)); }

std::string chain_bytes(const rules::Step& step, const std::string& hash_of_body) {
    using rules::field_text;
    std::string out;
    out.reserve(step.changes.size() + 1024);
    out = "CG1";
    const auto add = [&](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) append_text(out, value);
        else append_field(out, field_text(value)); // numbers and ids
    };
    const auto add_all = [&](const auto&... values) { (add(values), ...); };
    add_all(step.case_id, step.seq, step.epoch, step.platform, step.step_id, step.action, step.from, step.to, step.subject_kind,
            step.subject_id, step.receiver_organisation, step.receiver_person, step.filing_row, step.changes, step.actor_id,
            step.role, step.organisation, step.at_ms, step.recorded_ms, step.deadline_ms, step.rules_version,
            media_text(step.media));
    append_field(out, hash_of_body);
    return out;
}

std::optional<ChainedStep> parse_chain_bytes(std::string_view bytes) {
    constexpr std::size_t field_count = 23;
    if (!bytes.starts_with("CG1")) return std::nullopt;
    std::vector<std::string> fields;
    for (std::size_t at = 3; at < bytes.size();) {
        if (bytes.size() - at < 4 || fields.size() == field_count) return std::nullopt;
        std::size_t length = 0;
        for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[at++]);
        if (bytes.size() - at < length) return std::nullopt;
        fields.emplace_back(bytes.substr(at, length));
        at += length;
    }
    if (fields.size() != field_count) return std::nullopt;
    for (std::size_t i = 0; i + 1 < fields.size(); ++i)
        if (!is_utf8(fields[i])) return std::nullopt;
    ChainedStep chained;
    auto& step = chained.step;
    bool is_right = true;
    const auto number = [&](const std::string& text) {
        std::int64_t value = 0;
        is_right &= std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
        return value;
    };
    const auto id = [&](const std::string& text) {
        const auto value = text.empty() ? std::optional(Uuid{}) : parse_uuid(text);
        is_right &= value.has_value();
        return value.value_or(Uuid{});
    };
    step.case_id = id(fields[0]);
    step.seq = number(fields[1]);
    step.epoch = number(fields[2]);
    step.platform = fields[3];
    step.step_id = id(fields[4]);
    step.action = fields[5];
    step.from = fields[6];
    step.to = fields[7];
    step.subject_kind = fields[8];
    step.subject_id = id(fields[9]);
    step.receiver_organisation = fields[10];
    step.receiver_person = id(fields[11]);
    step.filing_row = fields[12];
    step.changes = fields[13];
    step.actor_id = id(fields[14]);
    step.role = fields[15];
    step.organisation = fields[16];
    step.at_ms = number(fields[17]);
    step.recorded_ms = number(fields[18]);
    if (!fields[19].empty()) step.deadline_ms = number(fields[19]);
    step.rules_version = fields[20];
    if (!fields[21].empty())
        for (const auto& sm3_hex : split(fields[21], '\n')) step.media.push_back({{}, sm3_hex});
    chained.body_hash = fields[22];
    // One step has one spelling.
    if (!is_right || chain_bytes(step, chained.body_hash) != bytes) return std::nullopt;
    return chained;
}

std::string chain_next(const std::string& previous, const std::string& bytes) {
    return sm3("\x01" + previous + sm3(bytes));
}

std::string body_hash(const std::string& salt, const std::string& opinion, const std::string& contact) {
    std::string bytes = salt;
    append_text(bytes, opinion);
    append_text(bytes, contact);
    return sm3(bytes);
}

std::string contact_text(const std::string& name, const std::string& phone) {
    return name.empty() && phone.empty() ? "" : name + "\n" + phone;
}

} // namespace chengge::cases
