#include "cases/merkle.hpp"

#include <span>

#include "base/assert.hpp"
#include "base/digest.hpp"

namespace chengge::cases {

namespace {

// The largest power of two below the count; the count is at least two.
std::size_t split_of(std::size_t count) {
    std::size_t power = 1;
    while (power * 2 < count) power *= 2;
    return power;
}

std::string root_of(std::span<const std::string> leaves) {
    MerkleTree tree;
    for (const auto& leaf : leaves) tree.add(leaf);
    return tree.root();
}

} // namespace

std::string merkle_leaf(const std::string& chain_value) { return sm3("\x02" + chain_value); }

std::string merkle_node(const std::string& left, const std::string& right) { return sm3("\x03" + left + right); }

void MerkleTree::add(const std::string& leaf) {
    auto hash = leaf;
    // Each complete pair becomes a subtree of the next size, as bits carry in an addition.
    for (auto size = count_; (size & 1) != 0; size >>= 1) {
        hash = merkle_node(complete_.back(), hash);
        complete_.pop_back();
    }
    complete_.push_back(std::move(hash));
    ++count_;
}

std::string MerkleTree::root() const {
    if (complete_.empty()) return sm3("");
    auto hash = complete_.back();
    for (auto left = complete_.rbegin() + 1; left != complete_.rend(); ++left) hash = merkle_node(*left, hash);
    return hash;
}

std::vector<std::string> inclusion_proof(const std::vector<std::string>& leaves, std::size_t index) {
    ASSERT(index < leaves.size());
    std::vector<std::string> proof;
    std::span<const std::string> rest(leaves);
    while (rest.size() > 1) {
        const auto split = split_of(rest.size());
        const bool is_left = index < split;
        proof.insert(proof.begin(), root_of(is_left ? rest.subspan(split) : rest.first(split)));
        rest = is_left ? rest.first(split) : rest.subspan(split);
        if (!is_left) index -= split;
    }
    return proof;
}

std::optional<std::string> root_of_proof(const std::string& leaf, std::int64_t index, std::int64_t count,
                                         const std::vector<std::string>& proof) {
    if (index < 0 || index >= count) return std::nullopt;
    // RFC 9162 §2.1.3.2.
    auto last = count - 1;
    auto hash = leaf;
    for (const auto& sibling : proof) {
        if (last == 0) return std::nullopt;
        if ((index & 1) != 0 || index == last) {
            hash = merkle_node(sibling, hash);
            while ((index & 1) == 0 && index != 0) {
                index >>= 1;
                last >>= 1;
            }
        } else {
            hash = merkle_node(hash, sibling);
        }
        index >>= 1;
        last >>= 1;
    }
    if (last != 0) return std::nullopt;
    return hash;
}

} // namespace chengge::cases
