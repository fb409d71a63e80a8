#include "geo/crs.hpp"

#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>

#include <proj.h>

#include "geo/coordinates.hpp"

namespace chengge::geo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double second = std::numbers::pi / 180.0 / 3600.0;
constexpr double semi_major_m = 6'378'137.0, flattening = 298.257222101; // CGCS2000

struct PjDeleter {
    void operator()(PJ* pj) const { proj_destroy(pj); }
    void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};
using Pj = std::unique_ptr<PJ, PjDeleter>;
using Context = std::unique_ptr<PJ_CONTEXT, PjDeleter>;

Context make_context() {
    Context context(proj_context_create());
    proj_log_level(context.get(), PJ_LOG_NONE);
    proj_context_set_enable_network(context.get(), 0);
    return context;
}

// PROJ's objects of one thread at a time.
struct Worker {
    Context context;
    Pj plane; // the file's coordinates ↔ degrees: of CGCS2000, or of its own datum when `space` ties it
    Pj space; // degrees of its own datum ↔ degrees of CGCS2000
    double accuracy_m = 0;
};

// x, y in place. Errors leave infinities, made not-a-number here.
void transform(PJ* pj, PJ_DIRECTION direction, std::span<Point> points) {
    static_assert(sizeof(Point) == 2 * sizeof(double));
    if (pj == nullptr || points.empty()) return;
    proj_trans_generic(pj, direction, &points[0].lon, sizeof(Point), points.size(), &points[0].lat, sizeof(Point), points.size(), nullptr, 0, 0, nullptr, 0, 0);
    for (auto& point : points)
        if (!std::isfinite(point.lon) || !std::isfinite(point.lat)) point = {nan, nan};
}

Pj normalised(PJ_CONTEXT* context, Pj pj) {
    if (!pj) return pj;
    return Pj(proj_normalize_for_visualization(context, pj.get()));
}

Pj operation(PJ_CONTEXT* context, const PJ* from, const char* to) {
    const char* options[] = {"ALLOW_BALLPARK=NO", nullptr};
    const Pj target(proj_create(context, to));
    if (!target) return nullptr;
    return normalised(context, Pj(proj_create_crs_to_crs_from_pj(context, from, target.get(), nullptr, options)));
}

bool is_crs(const PJ* pj) {
    switch (proj_get_type(pj)) {
    case PJ_TYPE_GEOGRAPHIC_2D_CRS:
    case PJ_TYPE_GEOGRAPHIC_3D_CRS:
    case PJ_TYPE_PROJECTED_CRS:
    case PJ_TYPE_COMPOUND_CRS:
    case PJ_TYPE_BOUND_CRS: return true;
    default: return false;
    }
}

bool is_geographic(const PJ* pj) {
    const auto type = proj_get_type(pj);
    return type == PJ_TYPE_GEOGRAPHIC_2D_CRS || type == PJ_TYPE_GEOGRAPHIC_3D_CRS;
}

// The ellipsoid of seven parameters onto that of CGCS2000.
Pj make_space(PJ_CONTEXT* context, const PJ* geodetic, const LocalSystem& local) {
    const Pj ellipsoid(proj_get_ellipsoid(context, geodetic));
    double major = 0, inverse_flattening = 0;
    if (!ellipsoid || !proj_ellipsoid_get_parameters(context, ellipsoid.get(), &major, nullptr, nullptr, &inverse_flattening)) return nullptr;
    char text[1024];
    std::snprintf(text, sizeof text,
                  "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +a=%.6f +rf=%.9f "
                  "+step +proj=helmert +x=%.6f +y=%.6f +z=%.6f +rx=%.9f +ry=%.9f +rz=%.9f +s=%.9f +convention=%s "
                  "+step +inv +proj=cart +a=%.6f +rf=%.9f +step +proj=unitconvert +xy_in=rad +xy_out=deg",
                  major, inverse_flattening, local.x_m, local.y_m, local.z_m, local.x_seconds, local.y_seconds, local.z_seconds, local.scale_ppm,
                  local.turns_vectors ? "position_vector" : "coordinate_frame", semi_major_m, flattening);
    return Pj(proj_create(context, text));
}

} // namespace

struct CoordinateSystem::State {
    std::string text;
    Words label;
    std::optional<CoordType> offset; // of the four names
    std::optional<LocalSystem> local;
    std::string definition; // for PROJ; empty with `offset`
    std::string prj;
    bool is_degrees = true;
    double accuracy_m = 0;

    mutable std::mutex mutex;
    mutable std::vector<std::unique_ptr<Worker>> idle;

    std::unique_ptr<Worker> make_worker() const {
        auto worker = std::make_unique<Worker>();
        worker->context = make_context();
        auto* context = worker->context.get();
        const Pj crs(proj_create(context, definition.c_str()));
        if (!crs || !is_crs(crs.get())) return nullptr;
        if (local && local->has_seven) {
            const Pj geodetic(proj_crs_get_geodetic_crs(context, crs.get()));
            if (!geodetic) return nullptr;
            const char* options[] = {"ALLOW_BALLPARK=NO", nullptr};
            worker->plane = normalised(context, Pj(proj_create_crs_to_crs_from_pj(context, crs.get(), geodetic.get(), nullptr, options)));
            worker->space = make_space(context, geodetic.get(), *local);
            if (!worker->space) return nullptr;
        } else {
            worker->plane = operation(context, crs.get(), "EPSG:4490");
            if (!worker->plane) worker->plane = operation(context, crs.get(), "EPSG:4326"); // taken as equal
        }
        if (!worker->plane) return nullptr;
        const auto accuracy = proj_coordoperation_get_accuracy(context, worker->plane.get());
        worker->accuracy_m = accuracy > 0 ? accuracy : 0;
        return worker;
    }

    std::unique_ptr<Worker> take() const {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                auto worker = std::move(idle.back());
                idle.pop_back();
                return worker;
            }
        }
        return make_worker();
    }
    void give_back(std::unique_ptr<Worker> worker) const {
        const std::lock_guard lock(mutex);
        if (idle.size() < 16) idle.push_back(std::move(worker));
    }

    bool is_identity() const { return offset == CoordType::cgcs2000 || offset == CoordType::wgs84; }

    // The local plane onto the base's, and back.
    void turn(std::span<Point> points, bool is_forward) const {
        if (!local || local->has_seven) return;
        const double scale = 1 + local->scale_ppm / 1e6, angle = local->rotation_seconds * second;
        const double c = std::cos(angle), s = std::sin(angle);
        for (auto& [x, y] : points) {
            if (is_forward) {
                const double e = x, n = y;
                x = local->east_m + scale * (e * c - n * s);
                y = local->north_m + scale * (e * s + n * c);
            } else {
                const double e = (x - local->east_m) / scale, n = (y - local->north_m) / scale;
                x = e * c + n * s;
                y = -e * s + n * c;
            }
        }
    }

    // At height 0 on either side the inverse of the space's motion is off by what the height makes; corrected once.
    static void leave_space(PJ* space, std::span<Point> points) {
        if (space == nullptr) return;
        std::vector<Point> wanted(points.begin(), points.end());
        transform(space, PJ_INV, points);
        for (int step = 0; step < 2; ++step) {
            std::vector<Point> there(points.begin(), points.end());
            transform(space, PJ_FWD, there);
            for (std::size_t i = 0; i < points.size(); ++i) {
                points[i].lon += wanted[i].lon - there[i].lon;
                points[i].lat += wanted[i].lat - there[i].lat;
            }
        }
    }
};

CoordinateSystem::CoordinateSystem() : state_([] {
    auto state = std::make_shared<State>();
    state->text = "cgcs2000";
    state->label = {"国家2000经纬度", "CGCS2000 longitude and latitude"};
    state->offset = CoordType::cgcs2000;
    return state;
}()) {}

namespace {

Words label_of(CoordType type) {
    switch (type) {
    case CoordType::wgs84: return {"WGS-84 经纬度", "WGS-84 longitude and latitude"};
    case CoordType::cgcs2000: return {"国家2000经纬度", "CGCS2000 longitude and latitude"};
    case CoordType::gcj02: return {"火星坐标 GCJ-02（高德、腾讯）", "GCJ-02 (AutoNavi, Tencent)"};
    case CoordType::bd09: return {"百度坐标 BD-09", "BD-09 (Baidu)"};
    }
    return {};
}

// "EPSG:4546" of a definition that PROJ finds among its own, else empty.
std::string code_of(PJ_CONTEXT* context, const PJ* crs) {
    if (const auto* name = proj_get_id_auth_name(crs, 0); name != nullptr && std::string_view(name) == "EPSG")
        return std::string("EPSG:") + proj_get_id_code(crs, 0);
    int* confidence = nullptr;
    PJ_OBJ_LIST* found = proj_identify(context, crs, "EPSG", nullptr, &confidence);
    std::string code;
    if (found != nullptr && proj_list_get_count(found) > 0 && confidence[0] >= 70) {
        const Pj one(proj_list_get(context, found, 0));
        if (one && proj_get_id_code(one.get(), 0) != nullptr) code = std::string("EPSG:") + proj_get_id_code(one.get(), 0);
    }
    if (confidence != nullptr) proj_int_list_destroy(confidence);
    if (found != nullptr) proj_list_destroy(found);
    return code;
}

bool is_plain_definition(std::string_view text) {
    if (text.size() > 20'000) return false;
    // A code, or WKT; not a pipeline, a file's name or a search by words.
    if (text.starts_with("EPSG:") || text.starts_with("ESRI:"))
        return text.size() > 5 && text.size() <= 12 && text.find_first_not_of("0123456789", 5) == std::string_view::npos;
    for (const auto* word : {"PROJCS[", "GEOGCS[", "COMPD_CS[", "PROJCRS[", "GEOGCRS[", "GEODCRS[", "BOUNDCRS[", "COMPOUNDCRS[", "PROJCS(", "GEOGCS("})
        if (text.starts_with(word)) return true;
    return false;
}

std::string short_text(std::string_view text) { return std::string(text.substr(0, 80)); }

} // namespace

Result<CoordinateSystem> CoordinateSystem::parse(std::string_view given, std::span<const LocalSystem> local) {
    while (!given.empty() && (given.front() == ' ' || given.front() == '\n' || given.front() == '\r')) given.remove_prefix(1);
    while (!given.empty() && (given.back() == ' ' || given.back() == '\n' || given.back() == '\r' || given.back() == '\0')) given.remove_suffix(1);
    auto state = std::make_shared<State>();
    CoordinateSystem system;
    if (const auto type = parse_coord_type(given)) {
        state->text = given;
        state->offset = type;
        state->label = label_of(*type);
        if (state->is_identity()) {
            const auto context = make_context();
            const Pj crs(proj_create(context.get(), *type == CoordType::wgs84 ? "EPSG:4326" : "EPSG:4490"));
            if (const auto* wkt = crs ? proj_as_wkt(context.get(), crs.get(), PJ_WKT1_ESRI, nullptr) : nullptr) state->prj = wkt;
        }
        system.state_ = std::move(state);
        return system;
    }
    std::string definition(given);
    for (const auto& one : local)
        if (one.id == given) {
            state->local = one;
            definition = one.base;
        }
    if (!is_plain_definition(definition)) return fail("crs_unknown", {{"crs", short_text(given)}});
    const auto context = make_context();
    const Pj crs(proj_create(context.get(), definition.c_str()));
    if (!crs || !is_crs(crs.get())) return fail("crs_unknown", {{"crs", short_text(given)}});
    const auto code = code_of(context.get(), crs.get());
    state->is_degrees = is_geographic(crs.get());
    state->definition = code.empty() ? definition : code;
    state->text = state->local || code.empty() ? std::string(given) : code;
    const std::string name = proj_get_name(crs.get()) != nullptr ? proj_get_name(crs.get()) : state->text;
    state->label = state->local ? state->local->label : Words{name, name};
    if (state->local && !state->local->has_seven && state->is_degrees) return fail("crs_unknown", {{"crs", short_text(given)}});
    if (!state->local)
        if (const auto* wkt = proj_as_wkt(context.get(), crs.get(), PJ_WKT1_ESRI, nullptr)) state->prj = wkt;
    if (!state->local && (code == "EPSG:4490" || code == "EPSG:4326")) state->offset = code == "EPSG:4490" ? CoordType::cgcs2000 : CoordType::wgs84;
    else {
        auto worker = state->make_worker();
        if (!worker) return fail("crs_needs_parameters", {{"crs", short_text(name)}});
        state->accuracy_m = worker->accuracy_m;
        state->give_back(std::move(worker));
    }
    system.state_ = std::move(state);
    return system;
}

const std::string& CoordinateSystem::text() const { return state_->text; }
Words CoordinateSystem::label() const { return state_->label; }
bool CoordinateSystem::is_degrees() const { return state_->is_degrees; }
bool CoordinateSystem::is_identity() const { return state_->is_identity(); }
double CoordinateSystem::accuracy_m() const { return state_->accuracy_m; }
std::string CoordinateSystem::prj() const { return state_->prj; }

void CoordinateSystem::to_cgcs2000(std::span<Point> points) const {
    if (state_->is_identity()) return;
    if (state_->offset) {
        for (auto& point : points) point = geo::to_cgcs2000(point, *state_->offset);
        return;
    }
    auto worker = state_->take();
    state_->turn(points, true);
    transform(worker->plane.get(), PJ_FWD, points);
    transform(worker->space.get(), PJ_FWD, points);
    state_->give_back(std::move(worker));
}

void CoordinateSystem::from_cgcs2000(std::span<Point> points) const {
    if (state_->is_identity()) return;
    if (state_->offset) {
        for (auto& point : points) point = geo::from_cgcs2000(point, *state_->offset);
        return;
    }
    auto worker = state_->take();
    State::leave_space(worker->space.get(), points);
    transform(worker->plane.get(), PJ_INV, points);
    state_->turn(points, false);
    state_->give_back(std::move(worker));
}

Point CoordinateSystem::to_cgcs2000(Point point) const {
    to_cgcs2000(std::span(&point, 1));
    return point;
}

Point CoordinateSystem::from_cgcs2000(Point point) const {
    from_cgcs2000(std::span(&point, 1));
    return point;
}

Result<std::vector<LocalSystem>> read_local_systems(const json::value& list) {
    std::vector<LocalSystem> systems;
    const auto* items = list.if_array();
    if (items == nullptr) return fail("bad_member", {{"member", "systems"}, {"reason", "not a list"}});
    for (const auto& item : *items) {
        JsonReader reader(item);
        LocalSystem one;
        one.id = reader.text("id", 40);
        one.base = reader.text("base", 40);
        const auto* label = reader.find("label");
        if (label == nullptr) reader.refuse("label", "missing");
        else {
            JsonReader words(*label);
            one.label = {words.text("zh", 80), words.text("en", 80)};
            if (words.error()) return tl::unexpected(*words.error());
        }
        const auto *four = reader.find("four"), *seven = reader.find("seven");
        if ((four == nullptr) == (seven == nullptr)) reader.refuse("four", "one of four and seven must be there");
        if (reader.error()) return tl::unexpected(*reader.error());
        one.has_seven = seven != nullptr;
        JsonReader numbers(one.has_seven ? *seven : *four);
        one.scale_ppm = numbers.number("scale_ppm");
        if (one.has_seven) {
            one.x_m = numbers.number("x_m"), one.y_m = numbers.number("y_m"), one.z_m = numbers.number("z_m");
            one.x_seconds = numbers.number("x_seconds"), one.y_seconds = numbers.number("y_seconds"), one.z_seconds = numbers.number("z_seconds");
            const auto convention = numbers.text("convention", 40);
            if (convention != "coordinate_frame" && convention != "position_vector") numbers.refuse("convention", "unknown");
            one.turns_vectors = convention == "position_vector";
        } else {
            one.east_m = numbers.number("east_m"), one.north_m = numbers.number("north_m");
            one.rotation_seconds = numbers.number("rotation_seconds");
        }
        if (numbers.error()) return tl::unexpected(*numbers.error());
        systems.push_back(std::move(one));
        TRY(CoordinateSystem::parse(systems.back().id, systems));
    }
    return systems;
}

} // namespace chengge::geo
