// The chain of a case's steps (docs/chain.md): whoever edits, drops, adds or reorders a step breaks it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/decide.hpp"

namespace chengge::cases {

// A field as all signed and chained bytes have it: 4-byte big-endian length, then the bytes.
void append_field(std::string& out, const std::string& value);
// 32 raw bytes: h_0 = SM3(0x00 ‖ case_id).
std::string chain_start(const Uuid& case_id);
// "CG1" and the step's fields in fixed order, each 4-byte big-endian length + UTF-8.
std::string chain_bytes(const rules::Step& step, const std::string& body_hash);
// The way back from foreign bytes: nothing unless chain_bytes would write exactly these. The media
// have hashes only; what is hashed (opinion, contact) is not in the bytes.
struct ChainedStep {
    rules::Step step;
    std::string body_hash;
};
std::optional<ChainedStep> parse_chain_bytes(std::string_view bytes);
// h_n = SM3(0x01 ‖ h_{n−1} ‖ SM3(bytes)).
std::string chain_next(const std::string& previous, const std::string& bytes);
// SM3(salt ‖ opinion, contact): personal text stays erasable while the chain stays valid.
std::string body_hash(const std::string& salt, const std::string& opinion, const std::string& contact);
// What of the reporter's contact enters the body hash; empty when there is none.
std::string contact_text(const std::string& name, const std::string& phone);

} // namespace chengge::cases
