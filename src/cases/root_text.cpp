// Signed roots and keys as bytes (docs/chain.md) and as JSON.
#include "base/digest.hpp"
#include "cases/case_roots.hpp"
#include "cases/chain.hpp"

namespace chengge::cases {

namespace {

// A hex member of a foreign document.
std::string read_hex(JsonReader& reader, std::string_view name, std::size_t bytes_max = 1024) {
    const auto text = reader.maybe_text(name, bytes_max * 2).value_or("");
    auto bytes = from_hex(text);
    if (bytes.empty() && !text.empty()) reader.refuse(name, "must be hexadecimal");
    return bytes;
}

storage::FeedPosition read_position(JsonReader& reader, std::string_view name) {
    const auto position = storage::parse_position(reader.text(name, 64));
    if (!position) reader.refuse(name, "must be a place in the feed");
    return position.value_or(storage::FeedPosition{});
}

} // namespace

std::string root_bytes(const SignedRoot& root) {
    std::string out = "CGR1";
    for (const auto& value : {root.platform, std::to_string(root.number), root.day, std::to_string(root.until_ms), storage::format_position(root.after),
                              storage::format_position(root.through), std::to_string(root.leaf_count), root.merkle_root, root.previous,
                              std::to_string(root.signed_ms), root.algorithm, root.key_id})
        append_field(out, value);
    return out;
}

std::string key_bytes(const std::string& platform, const RootKey& key) {
    std::string out = "CGK1";
    for (const auto& value : {platform, std::to_string(key.number), key.key_id, key.key.algorithm, key.key.der, std::to_string(key.made_ms), key.previous_id})
        append_field(out, value);
    return out;
}

std::string root_hash(const SignedRoot& root) { return sm3("\x04" + root_bytes(root)); }

json::object to_json(const SignedRoot& root) {
    return {{"number", root.number},
            {"platform", root.platform},
            {"day", root.day},
            {"until_ms", root.until_ms},
            {"after", storage::format_position(root.after)},
            {"through", storage::format_position(root.through)},
            {"leaf_count", root.leaf_count},
            {"merkle_root", to_hex(root.merkle_root)},
            {"previous", to_hex(root.previous)},
            {"signed_ms", root.signed_ms},
            {"algorithm", root.algorithm},
            {"key_id", root.key_id},
            {"signature", to_hex(root.signature)}};
}

json::object to_json(const RootKey& key) {
    return {{"number", key.number},         {"key_id", key.key_id},           {"algorithm", key.key.algorithm},       {"public_key", to_hex(key.key.der)},
            {"made_ms", key.made_ms},       {"previous_id", key.previous_id}, {"signature", to_hex(key.signature)}, {"endorsement", to_hex(key.endorsement)}};
}

Result<SignedRoot> root_of_json(const json::value& value) {
    JsonReader reader(value);
    SignedRoot root;
    root.number = reader.integer("number");
    root.platform = reader.text("platform", 64);
    root.day = reader.text("day", 10);
    root.until_ms = reader.integer("until_ms");
    root.after = read_position(reader, "after");
    root.through = read_position(reader, "through");
    root.leaf_count = reader.integer("leaf_count");
    root.merkle_root = read_hex(reader, "merkle_root");
    root.previous = read_hex(reader, "previous");
    root.signed_ms = reader.integer("signed_ms");
    root.algorithm = reader.text("algorithm", 32);
    root.key_id = reader.text("key_id", 64);
    root.signature = read_hex(reader, "signature");
    if (reader.error()) return tl::unexpected(*reader.error());
    return root;
}

Result<RootKey> key_of_json(const json::value& value) {
    JsonReader reader(value);
    RootKey key;
    key.number = reader.integer("number");
    key.key_id = reader.text("key_id", 64);
    const auto algorithm = reader.text("algorithm", 32);
    const auto der = read_hex(reader, "public_key");
    key.made_ms = reader.integer("made_ms");
    key.previous_id = reader.maybe_text("previous_id", 64).value_or("");
    key.signature = read_hex(reader, "signature");
    key.endorsement = read_hex(reader, "endorsement");
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(read, read_public_key(der));
    if (read.der != der || read.algorithm != algorithm) return fail("key_unreadable");
    key.key = read;
    return key;
}

} // namespace chengge::cases
