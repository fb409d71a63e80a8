// The demo's proposals from the field (部件在线更新): what collectors have found missing, moved, new and wrong on the last days, and what the
// office made of it.
#include <algorithm>
#include <functional>
#include <set>

#include "base/random.hpp"
#include "base/time.hpp"
#include "demo/base_data_parts.hpp"
#include "platform/demo_command.hpp"

namespace chengge::platform {

namespace {

struct Moment {
    int days_ago = 0, hour = 0, minute = 0;
};

struct Plan {
    const char* kind;
    const char* layer;
    const char* class_code; // empty: any feature of the layer
    const char* words;
    Moment made;
    const char* scene = ""; // of its photograph; empty: none was taken
    int variant = 0;
    bool is_before = false;
    double moved_m = 0;     // moved: so far
    const char* field = ""; // wrong: this is
    const char* value = "";
    int merged = 0; // 1: merged, -1: refused, 0: open yet
    Moment decided = {};
    const char* decided_words = "";
};

const Plan plans[] = {
    {.kind = "missing", .layer = "components", .class_code = "01004", .words = "雨水箅子整块不见，洞口外露，已插树枝示意。", .made = {7, 9, 20}, .scene = "storm_grate", .variant = 0, .is_before = true,
     .merged = 1, .decided = {6, 10, 5}, .decided_words = "照片清楚，核实属实，已另派市政补装。"},
    {.kind = "missing", .layer = "components", .class_code = "01037", .words = "灯杆不在原位，绿化带里只有基座。", .made = {6, 16, 40},
     .merged = -1, .decided = {5, 9, 30}, .decided_words = "道路改造临时拆除，月底装回，不作丢失；下次请附照片。"},
    {.kind = "missing", .layer = "components", .class_code = "03005", .words = "公交站旁的果皮箱整个不见，地上只有四个螺栓。", .made = {1, 15, 12}},
    {.kind = "moved", .layer = "street_lamps", .class_code = "", .words = "路口展宽后灯杆后移，现在在人行道内侧。", .made = {6, 10, 10}, .scene = "lamp_post", .variant = 1, .moved_m = 4.5,
     .merged = 1, .decided = {5, 11, 20}, .decided_words = "与竣工图相符，按新位置更新。"},
    {.kind = "moved", .layer = "components", .class_code = "04002", .words = "树比图上靠里一点。", .made = {5, 14, 50}, .scene = "street_tree", .variant = 2, .moved_m = 0.6,
     .merged = -1, .decided = {4, 10, 15}, .decided_words = "偏差在普查精度以内，不作移位处理。"},
    {.kind = "moved", .layer = "components", .class_code = "01027", .words = "交接箱挪到绿化带边上，离原来六七米。", .made = {1, 10, 35}, .scene = "telecom_cabinet", .variant = 1, .moved_m = 6.5},
    {.kind = "new", .layer = "components", .class_code = "03005", .words = "路口新装的果皮箱，图上没有。", .made = {4, 8, 55}, .scene = "litter_bin", .variant = 1,
     .merged = 1, .decided = {3, 9, 40}, .decided_words = "环卫所本月新增，补全主管部门后入库。"},
    {.kind = "new", .layer = "components", .class_code = "01003", .words = "围墙边有一个井盖，图上没有。", .made = {4, 11, 25}, .scene = "manhole", .variant = 2,
     .merged = -1, .decided = {3, 15, 5}, .decided_words = "系小区红线内自管井，不列入市政部件。"},
    {.kind = "new", .layer = "components", .class_code = "01037", .words = "新修路段立了路灯，图上没有。", .made = {1, 17, 5}, .scene = "lamp_post", .variant = 3},
    {.kind = "wrong", .layer = "public_toilets", .class_code = "", .words = "门口牌子写早六点到晚十一点，登记成全天。", .made = {3, 9, 15}, .field = "opening_hours", .value = "06:00至23:00",
     .merged = 1, .decided = {2, 10, 30}, .decided_words = "与环卫所核对无误，已更正。"},
    {.kind = "wrong", .layer = "components", .class_code = "01003", .words = "井盖上铸着供水公司字样，权属应是供水公司。", .made = {3, 15, 45}, .scene = "manhole", .variant = 3, .field = "owner_name", .value = "城区供水公司",
     .merged = -1, .decided = {2, 16, 10}, .decided_words = "经查管线图是雨水检查井，盖子为后换，权属不变。"},
    {.kind = "wrong", .layer = "components", .class_code = "04011", .words = "树穴盖板是铸铁的，档案里没写材质。", .made = {1, 9, 50}, .scene = "tree_pit", .variant = 1, .field = "material", .value = "铸铁"},
};

class Field {
public:
    Field(FoundedCity& founded, std::int64_t now_ms, const identity::Viewer& office, std::vector<identity::Viewer> collectors)
        : founded_(founded), registry_(*founded.city->registry), now_ms_(now_ms), office_(office), collectors_(std::move(collectors)), random_(founded.plan.seed ^ 0x6669656c64) {}

    // What was said and decided comes in the order of its time, as versions do.
    Result<void> run() {
        std::size_t number = 0;
        for (const auto& plan : plans) {
            const auto found = find_feature(plan);
            if (!found) continue; // a city's overlay may do without the layer
            const auto made_ms = instant(plan.made);
            const auto id = make_uuid(made_ms, random_);
            const auto collector = number++ % 3 == 0 ? std::uint64_t{0} : random_.below(collectors_.size()); // the first one's page shows some
            events_.push_back({made_ms, [this, &plan, found, id, collector] { return registry_.propose(proposal_of(plan, *found, id), collectors_[collector]); }});
            if (plan.merged != 0) events_.push_back({instant(plan.decided), [this, &plan, found, id] { return registry_.decide_proposal(id, plan.merged > 0, plan.decided_words, completion_of(plan, *found), office_); }});
        }
        std::ranges::stable_sort(events_, {}, &Event::at_ms);
        for (const auto& event : events_) {
            founded_.clock->set(event.at_ms);
            TRY(event.happen());
        }
        return {};
    }

private:
    struct Event {
        std::int64_t at_ms = 0;
        std::function<Result<void>()> happen;
    };

    std::int64_t instant(const Moment& moment) const { return city_midnight_ms(city_date(now_ms_ - moment.days_ago * day_ms)) + moment.hour * hour_ms + moment.minute * minute_ms; }

    // A point of the class, and there is city around it.
    std::optional<registry::Feature> find_feature(const Plan& plan) {
        const auto snapshot = registry_.snapshot(plan.layer);
        if (!snapshot) return std::nullopt;
        const auto& layer = snapshot->layer();
        const int class_field = *plan.class_code == '\0' ? -1 : layer.field_index(layer.class_field);
        std::vector<std::size_t> fitting;
        for (std::size_t at = 0; at < snapshot->slots(); ++at)
            if (snapshot->is_there(at) && (class_field < 0 || snapshot->text(at, class_field) == plan.class_code)) fitting.push_back(at);
        constexpr int tries = 50;
        for (int i = 0; i < tries && !fitting.empty(); ++i) {
            auto feature = snapshot->feature(fitting[random_.below(fitting.size())]);
            const auto* point = feature.geometry ? std::get_if<geo::Point>(&*feature.geometry) : nullptr;
            if (point == nullptr || !taken_.insert(feature.id).second) continue;
            const auto there = other_place(plan, *point);
            if (founded_.city->grid->find_cell(point->lon, point->lat) >= 0 && founded_.city->grid->find_cell(there.lon, there.lat) >= 0) return feature;
        }
        return std::nullopt;
    }

    // Where it has been moved to; or where a new one stands, beside one of its kind.
    static geo::Point other_place(const Plan& plan, geo::Point from) {
        const double metres = plan.moved_m > 0 ? plan.moved_m : 9;
        return demo::moved(from, 0.8 * metres, -0.6 * metres);
    }

    registry::NewProposal proposal_of(const Plan& plan, const registry::Feature& found, const Uuid& id) const {
        const std::string kind = plan.kind;
        const auto& layer = registry_.snapshot(plan.layer)->layer();
        registry::NewProposal proposal{.id = id, .layer = plan.layer, .kind = kind, .feature_id = kind == "new" ? "" : found.id, .feature = {}, .words = plan.words, .media = {}};
        auto& values = proposal.feature.values;
        values.resize(layer.fields.size());
        const auto set = [&](std::string_view field, const char* value) {
            if (const int at = layer.field_index(field); at >= 0) values[static_cast<std::size_t>(at)] = std::string(value);
        };
        if (kind == "moved" || kind == "new") proposal.feature.geometry = other_place(plan, std::get<geo::Point>(*found.geometry));
        if (kind == "new") {
            set(layer.class_field, plan.class_code);
            set("state", "intact");
        }
        if (kind == "wrong") set(plan.field, plan.value);
        if (const auto pairs = founded_.photos.find(plan.scene); pairs != founded_.photos.end()) {
            const auto& pair = pairs->second[static_cast<std::size_t>(plan.variant) % pairs->second.size()];
            proposal.media.push_back((plan.is_before ? pair.before : pair.after).id);
        }
        return proposal;
    }

    // What the office knows of a new one and the collector does not: who answers for its kind there.
    std::optional<json::value> completion_of(const Plan& plan, const registry::Feature& beside) const {
        if (plan.merged <= 0 || std::string_view(plan.kind) != "new") return std::nullopt;
        const auto& layer = registry_.snapshot(plan.layer)->layer();
        json::object attributes;
        for (const auto* field : {"competent_code", "competent_name", "maintenance_code", "maintenance_name"})
            if (const int at = layer.field_index(field); at >= 0)
                if (const auto* text = std::get_if<std::string>(&beside.values[static_cast<std::size_t>(at)])) attributes[field] = *text;
        return json::value(json::object{{"attributes", std::move(attributes)}});
    }

    FoundedCity& founded_;
    registry::RegistryService& registry_;
    const std::int64_t now_ms_;
    const identity::Viewer& office_;
    const std::vector<identity::Viewer> collectors_;
    Random random_;
    std::set<std::string> taken_; // features
    std::vector<Event> events_;
};

} // namespace

Result<void> set_up_proposals(FoundedCity& founded, std::int64_t now_ms) {
    const auto directory = founded.city->identity->directory();
    const auto keepers = directory->people_with_role("system_admin", std::nullopt), collectors = directory->people_with_role("collector", std::nullopt);
    if (keepers.empty() || collectors.empty()) return {};
    const auto office = founded.city->identity->viewer_of(*keepers.front());
    std::vector<identity::Viewer> viewers;
    for (const auto* person : collectors)
        if (viewers.size() < 40) viewers.push_back(founded.city->identity->viewer_of(*person));
    auto done = Field(founded, now_ms, office, std::move(viewers)).run();
    founded.clock->set(now_ms);
    return done;
}

} // namespace chengge::platform
