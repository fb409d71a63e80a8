#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "identity/identity_service.hpp"
#include "identity/passwords.hpp"
#include "identity/posts.hpp"
#include "kit/scratch_folder.hpp"

namespace identity_test {

using namespace chengge;
using namespace chengge::identity;
using testing::ElementsAre;

namespace {

const SecretKeys keys{std::string(16, 'k'), std::string(32, 'i')};

std::shared_ptr<const Directory> small_city() {
    return Directory::make(
        {
            {.key = 1, .code = "city-command", .kind = "city_command_center"},
            {.key = 2, .code = "district-a", .kind = "district_command_center", .region_code = "A"},
            {.key = 3, .code = "district-b", .kind = "district_command_center", .region_code = "B"},
            {.key = 4, .code = "sanitation", .kind = "department"},
            {.key = 5, .code = "crew", .kind = "crew", .parent_key = 4},
            {.key = 6, .code = "street", .kind = "subdistrict", .parent_key = 2},
            {.key = 7, .code = "company-b", .kind = "company", .region_code = "B"},
        },
        {{.key = 10,
          .id = {{1}},
          .login = "wang",
          .name = "王",
          .organisation_key = 4,
          .roles = {"handler"}},
         {.key = 11,
          .id = {{2}},
          .login = "li",
          .name = "李",
          .organisation_key = 5,
          .roles = {"handler", "department_manager"}},
         {.key = 12,
          .id = {{3}},
          .login = "gone",
          .organisation_key = 5,
          .roles = {"handler"},
          .is_active = false}});
}

std::string code_of(const Result<void>& result) { return result ? "" : result.error().code; }

} // namespace

TEST(PersonalData, SealsAndUnseals) {
    const auto sealed = seal(keys, "张三");
    EXPECT_EQ(sealed.find("张三"), std::string::npos);
    EXPECT_NE(sealed, seal(keys, "张三"));
    EXPECT_EQ(unseal(keys, sealed), "张三");
    EXPECT_EQ(unseal(keys, seal(keys, "")), "");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(unseal(keys, changed)) << i;
    }
    EXPECT_FALSE(unseal(keys, sealed.substr(0, sealed.size() - 1)));
    EXPECT_FALSE(unseal(keys, ""));
    EXPECT_FALSE(unseal({keys.encryption, std::string(32, 'x')}, sealed));
}

TEST(PersonalData, BlindIndexIsEqualForEqualTextOnly) {
    EXPECT_EQ(blind_index(keys, "13800002406"), blind_index(keys, "13800002406"));
    EXPECT_NE(blind_index(keys, "13800002406"), blind_index(keys, "13800002407"));
    EXPECT_NE(blind_index(keys, "13800002406"), hmac_sm3(keys.index, "13800002406"));
}

TEST(PersonalData, MasksPhones) {
    EXPECT_EQ(mask_phone("13812342406"), "138 **** 2406");
    EXPECT_EQ(mask_phone("+86 138-1234-2406"), "138 **** 2406");
    EXPECT_EQ(mask_phone("07593382406"), "075 **** 2406");
    EXPECT_EQ(mask_phone("12345"), "****");
    EXPECT_EQ(mask_phone(""), "");
}

TEST(PersonalData, MasksPhonesInsideSentences) {
    EXPECT_EQ(mask_phones_in("请打13812342406找王师傅"), "请打138 **** 2406找王师傅");
    EXPECT_EQ(mask_phones_in("138 1234 2406、138-1234-2406"), "138 **** 2406、138 **** 2406");
    EXPECT_EQ(mask_phones_in("+8613812342406"), "+138 **** 2406");
    EXPECT_EQ(mask_phones_in("１３８１２３４２４０６"), "138 **** 2406");
    EXPECT_EQ(mask_phones_in("电话0759-3382406。"), "电话075 **** 2406。");
    EXPECT_EQ(mask_phones_in("020 81234567"), "020 **** 4567");
}

TEST(PersonalData, LeavesOtherNumbersAlone) {
    for (const auto* sentence :
         {"案卷号440800-20261122-00001", "网格440802001001017", "2026-11-22 16:30:05",
          "人民大道123号", "12345热线", "金额138123424060元", "井盖\xF0\xA0\xAE\xB7破损", ""})
        EXPECT_EQ(mask_phones_in(sentence), sentence);
}

TEST(Passwords, RulesRefuseWhatIsGuessed) {
    EXPECT_EQ(code_of(check_password("short-9ab", "wang")), "password_too_short");
    EXPECT_EQ(code_of(check_password("湛江市民最爱一二三四", "wang")), "");
    EXPECT_EQ(code_of(check_password("湛江市民最爱一二三", "wang")), "password_too_short");
    EXPECT_EQ(code_of(check_password("My-Wangwei-2026", "wangwei")), "password_is_login");
    EXPECT_EQ(code_of(check_password("Password123", "wang")), "password_too_common");
    EXPECT_EQ(code_of(check_password("chengge-demo-2026", "wang")), "password_too_common");
    EXPECT_EQ(code_of(check_password("aaaaaaaaaaab", "wang")), "password_too_common");
    EXPECT_EQ(code_of(check_password(std::string(201, 'a') + "bcd", "wang")), "password_too_long");
    EXPECT_EQ(code_of(check_password(make_first_password(), "wang")), "");
    EXPECT_NE(make_first_password(), make_first_password());
}

TEST(Passwords, VerifiesAndAnswersNoForNobody) {
    Passwords passwords;
    const auto hash = passwords.make_hash("correct horse");
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$"));
    const auto parameters = hash->substr(0, hash->find("p=1$") + 4);
    EXPECT_TRUE(Passwords::nobodys_digest().starts_with(parameters)) << parameters;
    EXPECT_EQ(Passwords::nobodys_digest().size(), hash->size());
    EXPECT_TRUE(*passwords.fits(*hash, "correct horse"));
    EXPECT_FALSE(*passwords.fits(*hash, "correct horsf"));
    EXPECT_FALSE(*passwords.fits(std::nullopt, "correct horse"));
    EXPECT_FALSE(*passwords.fits("", ""));
}

TEST(Passwords, NormalisesLoginsAndPhones) {
    EXPECT_EQ(*normal_login("  Wang.Wei "), "wang.wei");
    for (const auto* bad : {"", "a", "王伟", "wang wei", "a'b"})
        EXPECT_FALSE(normal_login(bad)) << bad;
    EXPECT_EQ(*normal_phone("+86 138-1234-2406"), "13812342406");
    EXPECT_EQ(*normal_phone("0759-3382406"), "07593382406");
    for (const auto* bad : {"", "123", "138123424", "1381234240x", "12812342406"})
        EXPECT_FALSE(normal_phone(bad)) << bad;
}

TEST(Directory, FindsAndDescends) {
    const auto city = small_city();
    EXPECT_EQ(city->find_organisation("sanitation")->key, 4);
    EXPECT_EQ(city->find_organisation(99), nullptr);
    EXPECT_EQ(city->find_person_by_login("li")->key, 11);
    EXPECT_EQ(city->find_person(Uuid{{1}})->login, "wang");
    EXPECT_THAT(city->subtree(4), ElementsAre(4, 5));
    EXPECT_THAT(city->subtree(1), ElementsAre(1));
    EXPECT_EQ(city->people_with_role("handler", std::nullopt).size(), 2u);
    EXPECT_EQ(city->people_with_role("handler", 5).size(), 1u);
}

TEST(Directory, NamesTheCommandCentreAboveAUnit) {
    const auto city = small_city();
    EXPECT_EQ(city->command_center_of(6)->code, "district-a"); // by its parent
    EXPECT_EQ(city->command_center_of(7)->code, "district-b"); // by its region
    EXPECT_EQ(city->command_center_of(5)->code, "city-command");
    EXPECT_EQ(city->command_center_of(2)->code, "city-command");
    EXPECT_EQ(city->command_center_of(1), nullptr);
    EXPECT_EQ(city->command_center_of(99), nullptr);
}

TEST(Posts, TheShippedTablesAreGood) {
    const auto posts = Posts::load(CHENGGE_SOURCE "/data");
    ASSERT_TRUE(posts) << posts.error().facts.at("file") << posts.error().facts.at("line")
                       << posts.error().facts.at("reason");
    for (const auto* admin : {"system_admin", "security_admin", "audit_admin"})
        for (const auto& permission : posts->find_role(admin)->permissions)
            EXPECT_FALSE(permission.starts_with("case.") || permission == "contact.read")
                << admin << permission;
    EXPECT_EQ(posts->roles.size(), 14u);
    EXPECT_TRUE(posts->find_kind("supervision_center")->sees_all);
    EXPECT_EQ(posts->find_kind("nothing"), nullptr);
}

TEST(Posts, RefusesFaultsWithFileLineAndReason) {
    const kit::ScratchFolder scratch;
    const auto& folder = scratch.path();
    std::filesystem::copy(CHENGGE_SOURCE "/data/organisations", folder + "/organisations", std::filesystem::copy_options::recursive);
    save_file(folder + "/organisations/roles.csv",
              "code,zh,en,scope,sees_reporter,permissions\na,b,c,own,no,case.raed\n");
    const auto posts = Posts::load(folder);
    ASSERT_FALSE(posts);
    EXPECT_EQ(posts.error().facts.at("line"), "2");
    EXPECT_EQ(posts.error().facts.at("reason"), "there is no permission case.raed");
    save_file(folder + "/organisations/kinds.csv",
              "code,zh,en,sees,sees_reporter\na,b,c,everything,no\n");
    EXPECT_EQ(Posts::load(folder).error().facts.at("reason"), "sees must be all or subtree");
}

} // namespace identity_test
