#include "mix/case_mix.hpp"

#include <cmath>
#include <map>
#include <vector>

#include "base/assert.hpp"

namespace chengge::mix {

namespace {

// Events 87.49 %, components 12.51 %; the five leading events and three leading components as
// published, the rest by judgement.
constexpr ClassShare shares[] = {
    {"event", "06010", 31.53},    {"event", "06012", 10.64},    {"event", "06011", 10.21},
    {"event", "06035", 8.27},     {"event", "06013", 5.59},     {"event", "09005", 4.1},
    {"event", "09001", 2.3},      {"event", "09006", 2.2},      {"event", "09010", 2.0},
    {"event", "06036", 1.9},      {"event", "07001", 1.7},      {"event", "06017", 1.3},
    {"event", "06014", 0.9},      {"event", "09009", 0.6},      {"event", "09011", 0.5},
    {"event", "06042", 0.5},      {"event", "06007", 0.45},     {"event", "06050", 0.45},
    {"event", "08007", 0.35},     {"event", "06018", 0.35},     {"event", "06051", 0.3},
    {"event", "08004", 0.25},     {"event", "06025", 0.25},     {"event", "06020", 0.15},
    {"event", "07003", 0.15},     {"event", "10002", 0.2},      {"event", "08002", 0.2},
    {"event", "06029", 0.15},     {"component", "01004", 2.57}, {"component", "01037", 1.37},
    {"component", "04002", 1.02}, {"component", "01003", 1.1},  {"component", "01002", 0.95},
    {"component", "03005", 0.9},  {"component", "02017", 0.75}, {"component", "01027", 0.6},
    {"component", "01007", 0.45}, {"component", "04011", 0.45}, {"component", "02004", 0.35},
    {"component", "04008", 0.35}, {"component", "02010", 0.3},  {"component", "01050", 0.25},
    {"component", "02020", 0.25}, {"component", "04004", 0.2},  {"component", "01030", 0.2},
    {"component", "02014", 0.2},  {"component", "03001", 0.25}};

using Words = std::vector<const char*>;

const std::map<std::string, Words, std::less<>>& descriptions() {
    static const std::map<std::string, Words, std::less<>> words{
        {"06010",
         {"垃圾桶旁有成堆生活垃圾，约两平方米", "路边有七八袋垃圾没有收走，有异味",
          "人行道上有裸露垃圾，引来蚊蝇", "巷口堆了几袋生活垃圾，挡住半边路"}},
        {"06012",
         {"路面有泥土和落叶，长约十五米", "路面有污水和烟头纸屑，需要清扫",
          "辅道路面有大量落叶和散落垃圾"}},
        {"06011",
         {"围墙边倒了一堆装修渣土，约三立方米", "路边堆放砖块水泥袋，有几天了",
          "绿化带旁有建筑垃圾未清运"}},
        {"06035",
         {"路边丢弃旧沙发一张、衣柜一个", "楼下堆放废旧床垫和柜子，占用人行道",
          "巷口有废弃沙发，影响通行"}},
        {"06013",
         {"机动车道有坑槽，约一平方米，车辆绕行", "路面龟裂下沉，下雨积水",
          "路口处路面破损，有碎石"}},
        {"06014", {"渣土车遗撒，路面泥土长约三十米", "路面有沙石遗撒，车辆经过扬尘"}},
        {"06017", {"绿地内有饮料瓶、塑料袋等垃圾", "草坪上散落垃圾较多"}},
        {"06036", {"店铺门口堆放纸箱木板，占用人行道", "人行道堆放货物杂物，行人难以通过"}},
        {"06007", {"行道树之间拉绳晾晒衣物", "护栏上晾挂被褥衣物"}},
        {"06042", {"垃圾桶满溢，垃圾散落在地", "分类垃圾桶已满，周边有垃圾"}},
        {"06050", {"路缘石缺失两块，有绊倒风险", "路缘石松动断裂"}},
        {"06051", {"盲道砖破损三块，中间断开", "盲道缺砖，露出沙土"}},
        {"07001", {"围墙上张贴多张小广告", "电线杆和墙面有喷涂小广告"}},
        {"09001", {"流动摊贩占道卖水果，影响通行", "三轮车占道摆卖，车辆排队"}},
        {"09005", {"店铺把货物摆到门外人行道上", "出店经营，占用人行道约三米"}},
        {"09006", {"占用人行道摆摊经营", "路口占道摆卖，行人走车道"}},
        {"09009", {"小车停在人行道上，占用盲道", "机动车停在人行道，行人绕行"}},
        {"09010", {"单车乱停放，占满人行道", "电动车堵住路口无障碍坡道"}},
        {"09011", {"共享单车堆积，部分倒地", "公交站旁共享单车乱停放"}},
        {"08007", {"工地围挡破损一块，里面物料外露", "围挡倾斜，有安全隐患"}},
        {"10002", {"架空通信线垂到路面，车辆难以通行", "电杆上线缆脱落，离地不到两米"}},
        {"06025", {"水面有漂浮垃圾和水草", "岸边水面漂浮塑料瓶较多"}},
        {"01004",
         {"机动车道边雨水箅子缺失，有人插了树枝", "雨水箅子断裂三根，有安全隐患",
          "雨水箅子被泥土落叶堵住一半"}},
        {"01003", {"雨水井盖移位，露出井口", "雨水井盖松动，车辆碾压有响声"}},
        {"01002", {"污水井盖破损，边缘下沉", "污水井盖松动有响声"}},
        {"01037", {"路灯不亮，晚上路口很暗", "路灯杆倾斜，有倒下的危险", "路灯灯罩脱落，电线外露"}},
        {"04002", {"行道树倒伏，压住半边路", "行道树枯死，枝条掉落", "行道树枝叶遮挡路灯"}},
        {"03005", {"垃圾桶倒地，垃圾散落", "垃圾箱破损，箱门掉落"}},
        {"02017", {"道路中间护栏被撞开，一段倒地", "护栏移位缺失一节"}},
        {"01027", {"通信交接箱门敞开，线缆外露", "交接箱张贴小广告"}}};
    return words;
}

const std::map<std::string, Words, std::less<>>& opinions() {
    static const std::map<std::string, Words, std::less<>> words{
        {"accept", {"", "情况清楚，受理", "地点明确，受理"}},
        {"decline",
         {"照片看不清位置，请补充后重新上报", "不属于城市管理范围，已请反映人向物业反映",
          "同一位置已有案件在办，并入处理"}},
        {"refuse_filing", {"未达到立案条件", "属小区物业管理范围，不予立案"}},
        {"not_found", {"到场未发现所述情况", "现场已恢复正常，不属实"}},
        {"file_case", {"", "符合立案条件，请按时限处置", "属实，立案"}},
        {"dispatch",
         {"", "请按时限处置", "按责任清单派遣，请及时处理", "注意现场安全，处置后上传照片"}},
        {"ask_send_back", {"该处由属地街道管养，申请退回", "不在本单位养护范围，请改派"}},
        {"sign", {"", "收到，马上安排"}},
        {"assign", {"", "请到场处理，拍好前后照片", "今天处理完，注意围挡"}},
        {"feed_back",
         {"已清理干净", "已处理完毕，现场恢复正常", "已修复，周边清扫干净", "现场已处理，请核查"}},
        {"approve_review", {"", "照片核对过，同意"}},
        {"rework", {"照片角度不一致，请重新拍摄并补充处理", "现场仍有残留，请再处理一次"}},
        {"approve_gate", {"", "已完成，转核查"}},
        {"check_pass", {"现场已恢复，核查通过", "处理到位，周边整洁", "与处置照片一致，核查通过"}},
        {"check_fail", {"现场仍有残留，核查不通过", "只处理了一半，请返工"}},
        {"rework_failed", {"核查不通过，请按要求返工", "请重新处理到位"}},
        {"remind",
         {"已接近时限，请抓紧", "已超时限，请尽快处理并说明原因", "市民再次来电催问，请尽快处理"}},
        {"close", {"", "符合结案条件，同意结案"}},
        {"comment", {"已电话告知反映人", "现场需协调交通管制，夜间施工", "材料已订，到货后处理"}}};
    return words;
}

const char* draw_word(const Words& words, Random& random) {
    return words[random.below(words.size())];
}

} // namespace

std::span<const ClassShare> class_shares() { return shares; }

std::span<const ClassShare> published_shares() {
    static constexpr ClassShare published[] = {
        {"event", "06010", 36.04}, {"event", "06012", 12.16}, {"event", "06011", 11.67},
        {"event", "06035", 9.45},  {"event", "06013", 6.39},  {"component", "01004", 20.56},
        {"component", "01037", 10.99}, {"component", "04002", 8.17}};
    return published;
}

Finding make_finding(const rules::Taxonomy& taxonomy, std::string_view kind, std::string_view code, Random& random) {
    Finding finding;
    finding.problem = taxonomy.find_class("2026", kind, code);
    ASSERT(finding.problem != nullptr);
    const auto rows = taxonomy.rows_of("2026", kind, code);
    finding.row = rows[random.below(rows.size())];
    const auto words = descriptions().find(code);
    finding.description = words != descriptions().end()
                              ? draw_word(words->second, random)
                              : finding.problem->name + "：" + finding.row->condition;
    return finding;
}

Finding draw_finding(const rules::Taxonomy& taxonomy, Random& random) {
    double total = 0;
    for (const auto& share : shares) total += share.weight;
    double at = random.unit() * total;
    const ClassShare* chosen = &shares[0];
    for (const auto& share : shares) {
        chosen = &share;
        if ((at -= share.weight) < 0) break;
    }
    return make_finding(taxonomy, chosen->kind, chosen->code, random);
}

std::string draw_source(Random& random) {
    constexpr std::pair<const char*, double> sources[] = {
        {"collector", 0.84}, {"hotline_12319", 0.05}, {"hotline_12345", 0.04}, {"wechat", 0.035},
        {"web", 0.01},       {"video", 0.02},         {"leader", 0.005}};
    double at = random.unit();
    for (const auto& [code, share] : sources)
        if ((at -= share) < 0) return code;
    return "collector";
}

std::string draw_opinion(const std::string& action, Random& random) {
    const auto words = opinions().find(action);
    return words == opinions().end() ? "" : draw_word(words->second, random);
}

double share_of_hour(int hour) {
    constexpr double shares_of_hours[24] = {0.01, 0.005, 0.005, 0.005, 0.01, 0.03, 0.15, 0.5,
                                            0.95, 1.0,   1.0,   0.8,   0.35, 0.45, 0.8,  0.95,
                                            0.9,  0.65,  0.4,   0.35,  0.3,  0.18, 0.08, 0.03};
    return shares_of_hours[hour];
}

double draw_length_share(Random& random) {
    const double kind = random.unit();
    if (kind < 0.76) return 0.12 + 0.8 * std::pow(random.unit(), 1.4);
    if (kind < 0.855) return 1.02 + 1.6 * random.unit() * random.unit();
    if (kind < 0.985) return 15 + 50 * random.unit();
    return limit_shares_open;
}

double share_of_day(bool is_workday) { return is_workday ? 1.0 : 0.68; }

} // namespace chengge::mix
