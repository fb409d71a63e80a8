// Merkle trees, signed roots and keys: the vectors of docs/chain.md, every proof of small trees, and what
// prove_roots says of each planted fault.
#include "cases/case_audit.hpp"
#include "cases/case_roots.hpp"
#include "cases/merkle.hpp"

#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "base/time.hpp"

namespace cases_roots_test {

using namespace chengge;
using cases::RootKey;
using cases::SignedRoot;

namespace {

const std::string h1 = from_hex("738cb7e32d16a6aa4bddd8c4743cec2c3b32aab29af611e82b420c2b38ecf84f");
const std::string h2 = from_hex("eb263d8c992e04040fc85005c667d78b6c0ece614902807cabb75b97d0f9f030");
// GB/T 32918.5, annex A: the public key of the example.
const std::string example_der =
    from_hex("3059301306072a8648ce3d020106082a811ccf5501822d03420004"
             "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
             "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");

std::vector<std::string> documented_leaves() {
    std::vector<std::string> leaves{cases::merkle_leaf(h1), cases::merkle_leaf(h2)};
    for (int i = 3; i <= 7; ++i) leaves.push_back(cases::merkle_leaf(sm3(std::to_string(i))));
    return leaves;
}

std::string root_of(const std::vector<std::string>& leaves, std::size_t from, std::size_t count) {
    cases::MerkleTree tree;
    for (std::size_t i = from; i < from + count; ++i) tree.add(leaves[i]);
    return tree.root();
}

RootKey documented_key() {
    return {1, "d94a2fcb88a63e824c32120f09f84377", {"sm2", example_der}, 1'790'000'000'000, "",
            from_hex("304402204907b0dd5e313c47ccd71a96373147bd8318b05db97b47e2ad8b5de5dd9e80ab022070bdd9f00b955c95e808a65ec73721fd68923a8506733628a80f8f02ab0b232b"), ""};
}

std::vector<SignedRoot> documented_roots() {
    const auto leaves = documented_leaves();
    SignedRoot first{1, "440800", "2026-09-21", 1'790'006'400'000, {0, 0}, {0, 3}, 3, root_of(leaves, 0, 3), "", 1'790'006'460'000, documented_key().key_id, "sm2",
                     from_hex("3046022100f31619d4b0dc7254916830bd394d84b247642ec7a8ca13178bafc790c32d063b022100f08047a585cb8cc6f8018d2cc7086c2e68cf47fc61bc98e78a26e83d4ebbbb78")};
    SignedRoot second{2, "440800", "2026-09-22", 1'790'092'800'000, {0, 3}, {0, 7}, 2, root_of(leaves, 3, 2), cases::root_hash(first), 1'790'092'860'000, documented_key().key_id, "sm2",
                      from_hex("304502203b77297080a35f4cc5756e285052ded3b76a931889b79c5aa31469328c23aa3d02210090d1ff41befbc0878137296983b1f5d72e0e52dc3a3a4ad48e3d12bb46957c63")};
    return {first, second};
}

std::string faults_of(const std::vector<RootKey>& keys, const std::vector<SignedRoot>& roots, std::optional<PublicKey> trusted = {}) {
    std::string all;
    for (const auto& fault : cases::prove_roots(keys, roots, trusted, true).faults) all += fault + "\n";
    return all;
}

// A city's keys and roots, signed for real: one a day, the key changed after the second day.
struct Ring {
    std::vector<KeyPair> pairs;
    std::vector<RootKey> keys;
    std::vector<SignedRoot> roots;

    explicit Ring(int days) {
        add_key("sm2", true);
        for (int day = 0; day < days; ++day) {
            if (day == 2) add_key("ed25519", true);
            add_root();
        }
    }
    void add_key(const std::string& algorithm, bool is_endorsed) {
        pairs.push_back(*make_key_pair(algorithm));
        RootKey key{static_cast<std::int64_t>(keys.size()) + 1, key_id_of(pairs.back().public_key), pairs.back().public_key, 1, "", "", ""};
        if (!keys.empty() && is_endorsed) key.previous_id = keys.back().key_id;
        key.signature = sign_bytes(pairs.back(), cases::key_bytes("440800", key));
        if (!key.previous_id.empty()) key.endorsement = sign_bytes(pairs[pairs.size() - 2], cases::key_bytes("440800", key));
        keys.push_back(key);
    }
    void add_root() {
        const auto number = static_cast<std::int64_t>(roots.size()) + 1;
        SignedRoot root{number, "440800", "", city_midnight_ms({2026, 9, 1}) + number * day_ms, {0, (number - 1) * 10}, {0, number * 10}, 10, sm3(std::to_string(number)), "", 5, keys.back().key_id, "", ""};
        root.day = format_date(city_date(root.until_ms - 1));
        if (!roots.empty()) root.previous = cases::root_hash(roots.back());
        sign(root);
        roots.push_back(root);
    }
    void sign(SignedRoot& root) {
        const auto& pair = pairs.back();
        root.algorithm = pair.public_key.algorithm;
        root.signature = sign_bytes(pair, cases::root_bytes(root));
    }
};

} // namespace

TEST(Merkle, TreesOfTheDocumentedExample) {
    const auto leaves = documented_leaves();
    EXPECT_EQ(to_hex(leaves[0]), "788844b5e21cfc3a7001b89da4cd5a0cc48629023791a0d5ecc2ee0cdd00670e");
    EXPECT_EQ(to_hex(root_of(leaves, 0, 0)), "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    EXPECT_EQ(to_hex(root_of(leaves, 0, 1)), "788844b5e21cfc3a7001b89da4cd5a0cc48629023791a0d5ecc2ee0cdd00670e");
    EXPECT_EQ(to_hex(root_of(leaves, 0, 2)), "c91790413a604054c25dddb4b0a06bf71ae5647826d0488ffda32e6259dbe9e0");
    EXPECT_EQ(to_hex(root_of(leaves, 0, 3)), "2cc02d73d46176b23b2a701730192fd55646404ce503a167d487eee6bd474b54");
    EXPECT_EQ(to_hex(root_of(leaves, 0, 5)), "97ee0a0f7f313e3481863f675667d852aa99f1b44c1ee29945b530b72c60a854");
    EXPECT_EQ(to_hex(root_of(leaves, 0, 7)), "92f9e0a79e7c6ba2869c9a3cae362364bb5918393efea4e7890081c828ad7bcc");
}

TEST(Merkle, EveryProofOfEverySmallTreeLeadsToItsRootAndNoOther) {
    std::vector<std::string> leaves;
    for (std::size_t count = 1; count <= 40; ++count) {
        leaves.push_back(sm3(std::to_string(count)));
        const auto root = root_of(leaves, 0, count);
        for (std::size_t i = 0; i < count; ++i) {
            auto proof = cases::inclusion_proof(leaves, i);
            const auto size = static_cast<std::int64_t>(count), index = static_cast<std::int64_t>(i);
            EXPECT_EQ(cases::root_of_proof(leaves[i], index, size, proof), root) << i << " of " << count;
            EXPECT_NE(cases::root_of_proof(sm3("another"), index, size, proof), root);
            if (i + 1 < count) {
                EXPECT_NE(cases::root_of_proof(leaves[i], index + 1, size, proof), root);
            }
            proof.push_back(sm3("too long"));
            EXPECT_FALSE(cases::root_of_proof(leaves[i], index, size, proof));
            proof.resize(proof.size() - 1);
            if (!proof.empty()) {
                proof.back()[0] ^= 1;
                EXPECT_NE(cases::root_of_proof(leaves[i], index, size, proof), root);
                proof.pop_back();
                EXPECT_NE(cases::root_of_proof(leaves[i], index, size, proof), root);
            }
            EXPECT_FALSE(cases::root_of_proof(leaves[i], size, size, {}));
        }
    }
}

TEST(SignedRoots, TheDocumentedExampleOfTheSecondImplementation) {
    const auto key = documented_key();
    EXPECT_EQ(key_id_of(key.key), "d94a2fcb88a63e824c32120f09f84377");
    const auto roots = documented_roots();
    EXPECT_EQ(to_hex(cases::root_hash(roots[0])), "f705921a0ed823363f1f8f1acaecca52d8d095506aa099f2b29a11180b3ab891");
    EXPECT_EQ(to_hex(cases::root_hash(roots[1])), "3ab7b80e7f7609a0c78c5c88e81adc31c95a6c5b636a31a569300a92da77bc5e");
    EXPECT_EQ(faults_of({key}, roots), "");
    EXPECT_EQ(faults_of({key}, roots, key.key), "");
}

TEST(SignedRoots, AreTheSameAfterJson) {
    const Ring ring(3);
    for (const auto& root : ring.roots) {
        const auto back = cases::root_of_json(cases::to_json(root));
        ASSERT_TRUE(back);
        EXPECT_EQ(cases::root_hash(*back), cases::root_hash(root));
        EXPECT_EQ(back->signature, root.signature);
    }
    for (const auto& key : ring.keys) {
        const auto back = cases::key_of_json(cases::to_json(key));
        ASSERT_TRUE(back);
        EXPECT_EQ(cases::key_bytes("440800", *back), cases::key_bytes("440800", key));
    }
    auto changed = cases::to_json(ring.keys[0]);
    changed["algorithm"] = "ed25519";
    EXPECT_FALSE(cases::key_of_json(changed));
}

TEST(SignedRoots, RotationKeepsOldRootsValidAndTrustGoesBothWays) {
    const Ring ring(5);
    EXPECT_EQ(faults_of(ring.keys, ring.roots), "");
    EXPECT_EQ(faults_of(ring.keys, ring.roots, ring.keys[0].key), "");
    EXPECT_EQ(faults_of(ring.keys, ring.roots, ring.keys[1].key), "");
    EXPECT_NE(faults_of(ring.keys, ring.roots, make_key_pair("sm2")->public_key), "");
}

TEST(SignedRoots, AKeyMadeAfterALossIsToldAndNotVouchedFor) {
    Ring ring(2);
    ring.add_key("sm2", false);
    ring.add_root();
    const auto proof = cases::prove_roots(ring.keys, ring.roots, std::nullopt, true);
    EXPECT_TRUE(proof.faults.empty());
    ASSERT_EQ(proof.notes.size(), 1u);
    EXPECT_NE(proof.notes[0].find(ring.keys[1].key_id), std::string::npos);
    EXPECT_NE(faults_of(ring.keys, ring.roots, ring.keys[0].key).find("root 3 of 2026-09-03: is signed by the key"), std::string::npos);
}

TEST(SignedRoots, EveryPlantedFaultIsNamed) {
    const auto planted = [](const std::function<void(Ring&)>& plant) {
        Ring ring(5);
        plant(ring);
        return faults_of(ring.keys, ring.roots);
    };
    const auto expect = [&](const std::string& sentence, const std::function<void(Ring&)>& plant) {
        const auto faults = planted(plant);
        EXPECT_NE(faults.find(sentence), std::string::npos) << "wanted: " << sentence << "\ngot: " << faults;
    };
    expect("root 2 is missing: 2026-09-02\n", [](Ring& ring) { ring.roots.erase(ring.roots.begin() + 1); });
    expect("roots 2 to 4 are missing: 2026-09-02 to 2026-09-04\n", [](Ring& ring) { ring.roots.erase(ring.roots.begin() + 1, ring.roots.begin() + 4); });
    expect("roots 1 to 1 are missing", [](Ring& ring) { ring.roots.erase(ring.roots.begin()); });
    expect("root 3 of 2026-09-03: its signature is wrong", [](Ring& ring) { ring.roots[2].merkle_root[0] ^= 1; });
    expect("root 3 of 2026-09-03: its signature is wrong", [](Ring& ring) { ring.roots[2].leaf_count = 9; });
    expect("root 3 of 2026-09-03: its signature is wrong", [](Ring& ring) { ring.roots[2].signature = ring.roots[3].signature; });
    expect("root 2 of 2026-09-02: its signature is wrong", [](Ring& ring) { ring.roots[1].algorithm = "ed25519"; });
    expect("root 4 of 2026-09-04: does not follow from root 3", [](Ring& ring) { ring.roots[2].signed_ms = 6; });
    expect("root 5 of 2026-09-05: does not begin where the root before ended", [](Ring& ring) { ring.roots[4].after.key += 1; });
    expect("its day is not that of its end", [](Ring& ring) { ring.roots[4].day = "2026-09-06"; });
    expect("is of another platform", [](Ring& ring) { ring.roots[4].platform = "440900"; });
    expect("stands out of order", [](Ring& ring) { std::swap(ring.roots[2], ring.roots[3]); });
    // A whole day without a root, signed by the true key all the same.
    expect("no root for 2026-09-05", [](Ring& ring) {
        auto& last = ring.roots[4];
        last.until_ms += day_ms;
        last.day = "2026-09-06";
        ring.sign(last);
    });
    expect("that signed it is missing", [](Ring& ring) { ring.keys.erase(ring.keys.begin()); });
    expect("the endorsement by the key before it is wrong", [](Ring& ring) { ring.keys[1].endorsement = ring.keys[1].signature; });
    expect("its own signature is wrong", [](Ring& ring) { ring.keys[1].made_ms = 2; });
    // Everything signed again with a key of the forger's own: only a trusted key tells.
    Ring forged(5);
    EXPECT_EQ(faults_of(forged.keys, forged.roots), "");
    EXPECT_NE(faults_of(forged.keys, forged.roots, Ring(1).keys[0].key), "");
}

} // namespace cases_roots_test
