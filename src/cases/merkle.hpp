// The Merkle tree over the steps of a feed range (docs/chain.md), shaped as RFC 9162 §2.1: a tree of n
// leaves is split at the largest power of two below n.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chengge::cases {

// SM3(0x02 ‖ h_n) of a step's chain value.
std::string merkle_leaf(const std::string& chain_value);
// SM3(0x03 ‖ left ‖ right).
std::string merkle_node(const std::string& left, const std::string& right);

// Fed leaf by leaf; keeps one hash a level.
class MerkleTree {
public:
    void add(const std::string& leaf);
    std::int64_t count() const { return count_; }
    // SM3 of nothing for a tree without leaves.
    std::string root() const;

private:
    std::int64_t count_ = 0;
    std::vector<std::string> complete_; // a complete subtree for each set bit of count_, largest first
};

// The hashes that lead from the leaf to the root, nearest first. `leaves` are leaf hashes.
std::vector<std::string> inclusion_proof(const std::vector<std::string>& leaves, std::size_t index);
// The root that the proof leads to; nothing when its length cannot fit the tree.
std::optional<std::string> root_of_proof(const std::string& leaf, std::int64_t index, std::int64_t count,
                                         const std::vector<std::string>& proof);

} // namespace chengge::cases
