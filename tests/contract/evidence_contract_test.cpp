// Evidence packs over both databases: a pack proves itself without a database, and any byte of it that
// is changed is noticed.
#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "base/zip.hpp"
#include "cases/case_roots.hpp"
#include "cases/evidence.hpp"
#include "kit/small_city.hpp"

namespace evidence_contract_test {

using namespace chengge;

namespace {

class EvidenceContract : public kit::OnBothEngines {
protected:
    kit::SmallCity city{GetParam()};
    cases::RootSigner signer{*city.database, city.clock, {.keys_folder = city.folder.path() + "/keys"}, "440800"};
    std::string id;

    // Over two midnights, beside other cases, with photos and a contact; the last step is not signed yet.
    void live() {
        city.closed_case("A2");
        city.clock.set(*parse_instant("2026-09-29T23:40"));
        auto report = city.report_at("A1");
        report.media = {city.photo("operator"), city.photo("operator")};
        report.contact = cases::Contact{"何女士", "13800002406", false, true};
        id = format_uuid(report.case_id);
        ASSERT_TRUE(city.cases->report(report, city.viewer("operator")));
        city.clock.advance(5 * minute_ms);
        ASSERT_TRUE(city.act("operator", id, "accept"));
        city.closed_case("A3"); // takes the clock over midnight
        ASSERT_TRUE(city.act("leader", id, "file_case"));
        city.clock.set(*parse_instant("2026-10-01T08:00"));
        ASSERT_TRUE(signer.sign_ended_days());
        ASSERT_TRUE(city.act("dispatcher", id, "dispatch"));
    }
    Result<cases::EvidenceFacts> write(const std::string& reference, std::string& into, bool has_contact = true, std::int64_t bytes_max = INT64_MAX) {
        into.clear();
        return cases::write_evidence({*city.database, *city.rule_sets, *city.media, *city.identity}, reference,
                                     {.has_contact = has_contact, .bytes_max = bytes_max, .now_ms = city.clock.now_ms(), .program = "1"}, [&](std::string_view piece) { into += piece; });
    }
    std::string pack(bool has_contact = true) {
        std::string bytes;
        EXPECT_TRUE(write(id, bytes, has_contact));
        return bytes;
    }
    PublicKey city_key() {
        return city.database->read([](storage::Transaction& transaction) { return cases::load_root_keys(transaction); }).at(0).key;
    }
    static std::string faults_of(const Result<cases::AuditReport>& report) {
        if (!report) return report.error().code;
        std::string all;
        for (const auto& fault : report->faults) all += fault + "\n";
        return all;
    }
    // The pack again with some members changed, its manifest made to fit.
    static std::string forge(const std::string& bytes, const std::function<void(std::map<std::string, std::string>&)>& edit) {
        std::map<std::string, std::string> members;
        const auto read = read_zip(bytes);
        for (const auto& [name, content] : *read) members[std::string(name)] = std::string(content);
        edit(members);
        members.erase("manifest.json");
        json::array files;
        std::string out;
        ZipWriter zip([&](std::string_view piece) { out += piece; }, 0);
        for (const auto& [name, content] : members) {
            zip.add(name, content);
            files.push_back(json::object{{"path", name}, {"bytes", static_cast<std::int64_t>(content.size())}, {"sm3", to_hex(sm3(content))}});
        }
        zip.add("manifest.json", to_json_text(json::object{{"files", files}}));
        zip.finish();
        return out;
    }
    static void swap_text(std::string& in, const std::string& from, const std::string& to) {
        const auto at = in.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        in.replace(at, from.size(), to);
    }
};

} // namespace

TEST_P(EvidenceContract, APackProvesItselfAlone) {
    live();
    std::string bytes;
    const auto facts = write(id, bytes);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->steps, 4);
    EXPECT_EQ(facts->photos, 2);
    EXPECT_EQ(facts->unsigned_steps, 1);
    const auto report = cases::audit_pack(bytes, city_key(), "1");
    EXPECT_EQ(faults_of(report), "");
    EXPECT_EQ(report->steps, 4);
    EXPECT_EQ(report->photos, 2);
    EXPECT_EQ(report->roots, 2);
    EXPECT_EQ(report->signed_until, "2026-09-30");
    ASSERT_EQ(report->notes.size(), 1u);
    EXPECT_EQ(report->notes[0], "not under a signed root yet: step 4");
    // By number too; without a trusted key it says what it does not know; another city's key is none.
    ASSERT_TRUE(write(facts->case_no, bytes));
    EXPECT_NE(cases::audit_pack(bytes, std::nullopt, "1")->notes.back().find("ask for it"), std::string::npos);
    EXPECT_NE(faults_of(cases::audit_pack(bytes, make_key_pair("sm2")->public_key, "1")).find("signed none of these roots"), std::string::npos);
    // People can read it.
    const auto members = *read_zip(bytes);
    const auto page = members.at("index.html");
    for (const auto* words : {"何女士 13800002406", "路边有一堆垃圾", "立案", "人员operator", "<img"}) EXPECT_NE(page.find(words), std::string::npos) << words;
    std::string ignored;
    EXPECT_EQ(write("440800-20260929-09999", ignored).error().code, "case_unknown");
    EXPECT_EQ(write(id, ignored, true, 100).error().code, "evidence_too_large");
}

TEST_P(EvidenceContract, WithoutTheContactNobodyLearnsWhoReported) {
    live();
    const auto bytes = pack(false);
    EXPECT_EQ(bytes.find("何女士"), std::string::npos);
    EXPECT_EQ(bytes.find("13800002406"), std::string::npos);
    const auto report = cases::audit_pack(bytes, city_key(), "1");
    EXPECT_EQ(faults_of(report), "");
    EXPECT_NE(report->notes.front().find("the words of step 1 are not proven"), std::string::npos);
}

TEST_P(EvidenceContract, EveryChangedByteIsNoticed) {
    live();
    const auto bytes = pack();
    const auto key = city_key();
    Random random(3);
    for (int round = 0; round < 400; ++round) {
        auto changed = bytes;
        const auto at = random.below(changed.size());
        changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
        const auto report = cases::audit_pack(changed, key, "1");
        // Only what no reader of an archive believes may differ: times, versions, flags of the members.
        const bool is_told = !report || !report->faults.empty();
        const auto now = read_zip(changed);
        EXPECT_TRUE(is_told || (now && *read_zip(bytes) == *now)) << "byte " << at << " was changed unseen";
    }
    for (std::size_t size = 0; size < bytes.size(); size += 997) EXPECT_FALSE(cases::audit_pack(std::string_view(bytes).substr(0, size), key, "1"));
}

TEST_P(EvidenceContract, AForgerWhoWritesTheManifestAnewIsNamed) {
    live();
    const auto bytes = pack();
    const auto key = city_key();
    const auto expect = [&](const std::string& sentence, const std::function<void(std::map<std::string, std::string>&)>& edit) {
        const auto found = faults_of(cases::audit_pack(forge(bytes, edit), key, "1"));
        EXPECT_NE(found.find(sentence), std::string::npos) << "wanted: " << sentence << "\ngot: " << found;
    };
    ASSERT_EQ(faults_of(cases::audit_pack(forge(bytes, [](auto&) {}), key, "1")), "");
    expect("step 1: its words or the reporter's contact were changed", [](auto& m) { swap_text(m["case.json"], "\"opinion\":\"路边有一堆垃圾\"", "\"opinion\":\"路边没有垃圾\""); });
    expect("step 1: its words or the reporter's contact were changed", [](auto& m) { swap_text(m["case.json"], "13800002406", "13800002407"); });
    expect("step 2: does not fit the chain", [](auto& m) { swap_text(m["chain/0002.bin"], "supervision", "supervisioN"); });
    expect("index.html does not say what the steps say", [](auto& m) { swap_text(m["index.html"], "路边有一堆垃圾", "路边没有垃圾"); });
    expect("case.json does not say what the chain says", [](auto& m) { swap_text(m["case.json"], "\"action\":\"file_case\"", "\"action\":\"decline\""); });
    expect("step 1: a photo is not the one that was taken", [](auto& m) {
        for (auto& [name, content] : m)
            if (name.starts_with("media/")) content.back() ^= 1;
    });
    expect("step 1: a photo is missing", [](auto& m) {
        for (auto one = m.begin(); one != m.end();) one = one->first.starts_with("media/") ? m.erase(one) : std::next(one);
    });
    expect("is not the rule set of that SM3", [](auto& m) {
        for (auto& [name, content] : m)
            if (name.starts_with("rules/")) swap_text(content, "待受理", "待处理");
    });
    expect("its signature is wrong", [](auto& m) { swap_text(m["roots.json"], "\"day\":\"2026-09-30\"", "\"day\":\"2026-09-28\""); });
    expect("is not under the signed root", [](auto& m) {
        auto& text = m["case.json"];
        const auto at = text.find("\"siblings\":[\"") + 13;
        text[at] = text[at] == '0' ? '1' : '0';
    });
    expect("the root that proves it is missing", [](auto& m) {
        auto roots = *parse_json(m["roots.json"]);
        auto& list = roots.as_object()["roots"].as_array();
        list.erase(list.end() - 1);
        m["roots.json"] = to_json_text(roots);
    });
    // The whole pack made anew with keys of the forger's own.
    kit::SmallCity other(GetParam());
    cases::RootSigner forger{*other.database, other.clock, {.keys_folder = other.folder.path() + "/keys"}, "440800"};
    const auto false_id = other.closed_case();
    ASSERT_TRUE(forger.sign_now());
    std::string forged;
    ASSERT_TRUE(cases::write_evidence({*other.database, *other.rule_sets, *other.media, *other.identity}, false_id, {.now_ms = 0, .program = "1"}, [&](std::string_view piece) { forged += piece; }));
    EXPECT_EQ(faults_of(cases::audit_pack(forged, std::nullopt, "1")), "");
    EXPECT_NE(faults_of(cases::audit_pack(forged, key, "1")), "");
}

TEST_P(EvidenceContract, ErasedWordsLeaveTheRestProven) {
    live();
    ASSERT_TRUE(city.database->write([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run_script(std::string("UPDATE case_steps SET opinion = '', salt = ") + (GetParam() == storage::Engine::sqlite ? "x''" : "''") + " WHERE seq = 3");
        return {};
    }));
    const auto report = cases::audit_pack(pack(), city_key(), "1");
    EXPECT_EQ(faults_of(report), "");
    EXPECT_EQ(report->notes.front(), "the words of step 3 were erased");
}

ON_BOTH_ENGINES(EvidenceContract);

} // namespace evidence_contract_test
