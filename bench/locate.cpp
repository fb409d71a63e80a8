// Point → cell: how many a second of CPU time, and are the answers those of GEOS, on random points and
// on every corner of every cell, where several cells touch and the tie rule decides.
#include <cmath>

#include <geos_c.h>

#include "kit/city.hpp"

namespace chengge::bench {

namespace {

// All cells in a tree of GEOS, each prepared.
class Geos {
public:
    explicit Geos(const std::vector<grid::Cell>& cells) : context_(GEOS_init_r()) {
        tree_ = GEOSSTRtree_create_r(context_, 10);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const auto wkb = geo::to_wkb(geo::Geometry(cells[i].outline));
            auto* shape = GEOSGeomFromWKB_buf_r(context_, reinterpret_cast<const unsigned char*>(wkb.data()), wkb.size());
            entries_.push_back({shape, GEOSPrepare_r(context_, shape), static_cast<int>(i)});
        }
        for (auto& entry : entries_) GEOSSTRtree_insert_r(context_, tree_, entry.shape, &entry);
    }
    ~Geos() {
        for (auto& entry : entries_) {
            GEOSPreparedGeom_destroy_r(context_, entry.prepared);
            GEOSGeom_destroy_r(context_, entry.shape);
        }
        GEOSSTRtree_destroy_r(context_, tree_);
        GEOS_finish_r(context_);
    }
    Geos(const Geos&) = delete;
    Geos& operator=(const Geos&) = delete;

    // Every cell that holds the point, its border included.
    const std::vector<int>& find(geo::Point at) {
        found_.clear();
        point_ = GEOSGeom_createPointFromXY_r(context_, at.lon, at.lat);
        GEOSSTRtree_query_r(
            context_, tree_, point_,
            [](void* item, void* self) {
                auto& geos = *static_cast<Geos*>(self);
                const auto& entry = *static_cast<Entry*>(item);
                if (GEOSPreparedCovers_r(geos.context_, entry.prepared, geos.point_) == 1) geos.found_.push_back(entry.number);
            },
            this);
        GEOSGeom_destroy_r(context_, point_);
        return found_;
    }

private:
    struct Entry {
        GEOSGeometry* shape;
        const GEOSPreparedGeometry* prepared;
        int number;
    };
    GEOSContextHandle_t context_;
    GEOSSTRtree* tree_;
    std::vector<Entry> entries_;
    std::vector<int> found_;
    GEOSGeometry* point_ = nullptr;
};

double turn_of(geo::Point from, geo::Point to) {
    const auto angle = std::atan2(to.lat - from.lat, to.lon - from.lon);
    return angle < 0 ? angle + 2 * M_PI : angle;
}

double cross(geo::Point a, geo::Point b, geo::Point p) { return (b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon); }

// The tie rule, derived apart from the product's crossing test: a border point belongs to the cell in
// which one arrives going a hair to the east and a hair's hair to the north. Outer ring, counter-clockwise.
bool lies_east(const geo::Polygon& cell, geo::Point at) {
    const auto& ring = cell.rings[0];
    const auto count = ring.size() - 1;
    for (std::size_t i = 0; i < count; ++i) {
        if (!(ring[i] == at)) continue;
        const auto next = turn_of(at, ring[i + 1]), previous = turn_of(at, ring[(i + count - 1) % count]);
        return next == 0 || (next > previous && previous != 0);
    }
    // On an edge between two corners: the one nearest to the point.
    std::size_t best = 0;
    double least = 1e300;
    for (std::size_t i = 0; i < count; ++i) {
        const auto length = std::hypot(ring[i + 1].lon - ring[i].lon, ring[i + 1].lat - ring[i].lat);
        const bool is_beside = (at.lon - ring[i].lon) * (at.lon - ring[i + 1].lon) + (at.lat - ring[i].lat) * (at.lat - ring[i + 1].lat) <= 0;
        const auto distance = std::fabs(cross(ring[i], ring[i + 1], at)) / length;
        if (is_beside && distance < least) {
            least = distance;
            best = i;
        }
    }
    const auto dx = ring[best + 1].lon - ring[best].lon, dy = ring[best + 1].lat - ring[best].lat;
    return dy < 0 || (dy == 0 && dx > 0);
}

int answer_of(Geos& geos, const std::vector<grid::Cell>& cells, geo::Point at) {
    const auto& holding = geos.find(at);
    for (const int one : holding) {
        const auto& outline = cells[static_cast<std::size_t>(one)].outline;
        bool is_on_border = holding.size() > 1;
        for (const auto& corner : outline.rings[0]) is_on_border = is_on_border || corner == at;
        if (!is_on_border || lies_east(outline, at)) return one;
    }
    return -1;
}

std::vector<geo::Point> draw_points(const std::vector<grid::Cell>& cells, std::size_t count, bool is_in_city) {
    Random random(42);
    geo::Box box{180, 90, -180, -90};
    std::vector<geo::Box> boxes;
    for (const auto& cell : cells) {
        boxes.push_back(geo::bounds_of(geo::Geometry(cell.outline)));
        box = {std::min(box.west, boxes.back().west), std::min(box.south, boxes.back().south), std::max(box.east, boxes.back().east), std::max(box.north, boxes.back().north)};
    }
    std::vector<geo::Point> points;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& from = is_in_city ? boxes[random.below(boxes.size())] : box;
        points.push_back({from.west + random.unit() * (from.east - from.west), from.south + random.unit() * (from.north - from.south)});
    }
    return points;
}

int run(const Options& options) {
    Report report("locate", options);
    const City city(options);
    const auto& grid = *const_cast<City&>(city)->grid;
    const auto& cells = grid.cells();
    Geos geos(cells);
    const std::size_t count = options.is_quick ? 50'000 : 1'000'000;
    const auto points = draw_points(cells, count, true), anywhere = draw_points(cells, count, false);

    std::vector<double> ours, ours_anywhere, theirs;
    std::int64_t sum = 0;
    const auto rate = [&](const std::vector<geo::Point>& of, auto&& find) {
        const auto begin = cpu_now_s();
        for (const auto& point : of) sum += find(point);
        return static_cast<double>(of.size()) / (cpu_now_s() - begin) / 1e6;
    };
    const std::vector<geo::Point> some(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(count / 10));
    for (int round = 0; round < options.rounds; ++round) {
        ours.push_back(rate(points, [&](geo::Point p) { return grid.find_cell(p.lon, p.lat); }));
        ours_anywhere.push_back(rate(anywhere, [&](geo::Point p) { return grid.find_cell(p.lon, p.lat); }));
        theirs.push_back(rate(some, [&](geo::Point p) { return static_cast<std::int64_t>(geos.find(p).size()); }));
    }
    report.target("points in the city, CPU time of one thread", median(ours), "M/s", Sense::at_least, 5);
    report.figure("points anywhere in its box", median(ours_anywhere), "M/s");
    report.figure("GEOS: STRtree of prepared polygons", median(theirs), "M/s");
    report.figure("ratio to GEOS", median(ours) / median(theirs), "x");

    std::int64_t different = 0, corners = 0;
    for (const auto* all : {&points, &anywhere})
        for (const auto& point : *all) different += grid.find_cell(point.lon, point.lat) != answer_of(geos, cells, point);
    report.target("random points answered otherwise than by GEOS", static_cast<double>(different), "points", Sense::at_most, 0);
    different = 0;
    for (const auto& cell : cells)
        for (std::size_t i = 0; i + 1 < cell.outline.rings[0].size(); ++i, ++corners) {
            const auto at = cell.outline.rings[0][i];
            different += grid.find_cell(at.lon, at.lat) != answer_of(geos, cells, at);
        }
    report.figure("cells", static_cast<double>(cells.size()), "cells");
    report.figure("corners asked", static_cast<double>(corners), "corners");
    report.target("corners answered otherwise than by GEOS and the tie rule", static_cast<double>(different), "corners", Sense::at_most, 0);
    report.note("checksum " + std::to_string(sum));
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
