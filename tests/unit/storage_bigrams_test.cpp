#include "storage/bigrams.hpp"

#include <gtest/gtest.h>

namespace storage_bigrams_test {

using namespace chengge;
using storage::matches_text;
using storage::to_bigrams;
using storage::to_match;
using storage::to_phrases;

TEST(CaseText, CutsHanInPairsAndKeepsWords) {
    EXPECT_EQ(to_bigrams("井盖 A12"), "h4e95h76d6 a12");
    EXPECT_EQ(to_bigrams("雨水箅子"), "h96e8h6c34 h6c34h7b85 h7b85h5b50");
    EXPECT_EQ(to_bigrams("坑"), "h5751");
    EXPECT_EQ(to_bigrams("，。！"), "");
}

TEST(CaseText, AsksForPhrases) {
    EXPECT_EQ(to_match("雨水箅子", storage::Engine::sqlite), "\"h96e8h6c34 h6c34h7b85 h7b85h5b50\"");
    EXPECT_EQ(to_match("井盖 a12", storage::Engine::postgres), "(h4e95h76d6) & (a12)");
    EXPECT_EQ(to_match("坑", storage::Engine::sqlite), "\"h5751\"*");
    EXPECT_EQ(to_match("\" OR *", storage::Engine::sqlite), "\"or\"");
}

TEST(CaseText, LooksForPhrasesInWhatTheIndexKeeps) {
    EXPECT_EQ(to_phrases("井盖 a12"), (std::vector<std::string>{" h4e95h76d6 ", " a12 "}));
    EXPECT_EQ(to_phrases("坑"), std::vector<std::string>{" h5751"}); // begins a pair
    EXPECT_TRUE(to_phrases("，").empty());
    EXPECT_EQ(to_match("勤耕里11号", storage::Engine::sqlite), "\"h52e4h8015 h8015h91cc\" AND \"11\"");
    EXPECT_EQ(to_match("坑 人行道", storage::Engine::sqlite), "\"h5751\"* AND \"h4ebah884c h884ch9053\"");
    EXPECT_EQ(to_match("3号", storage::Engine::sqlite), "\"3\" AND \"h53f7\"*");
    EXPECT_EQ(to_match("hotel h", storage::Engine::postgres), "(hotel) & (h)");
}

TEST(CaseText, MatchesWholeRunsOnly) {
    EXPECT_TRUE(matches_text("井盖", "路口井盖缺失"));
    EXPECT_FALSE(matches_text("井盖", "井口的盖子"));
    EXPECT_TRUE(matches_text("井盖 路口", "路口井盖缺失"));
    EXPECT_FALSE(matches_text("", "路口"));
    EXPECT_TRUE(matches_text("缺失 路口", "路口井盖缺失"));
    EXPECT_TRUE(matches_text("井", "路口井盖缺失"));
    EXPECT_FALSE(matches_text("a1", "A12 号井"));
    EXPECT_TRUE(matches_text("A12", "井 a12"));
    EXPECT_TRUE(matches_text("勤耕里11号", "勤耕里11号旁有垃圾")); // a house number as people write it
    EXPECT_FALSE(matches_text("勤耕里11号", "勤耕里12号旁有垃圾"));
    EXPECT_TRUE(matches_text("3号", "井 3号旁"));
}

} // namespace storage_bigrams_test
