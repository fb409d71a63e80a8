#include "geo/partition.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "geo/shape_faults.hpp"

namespace chengge::geo {

namespace {

constexpr double units = 1e7;
__extension__ using Wide = __int128;

struct Node {
    std::int64_t x = 0, y = 0;
    auto operator<=>(const Node&) const = default;
};
using Edge = std::pair<Node, Node>;
using Chain = std::vector<Node>;

Node to_node(Point point) { return {std::llround(point.lon * units), std::llround(point.lat * units)}; }
Point to_point(Node node) { return {static_cast<double>(node.x) / units, static_cast<double>(node.y) / units}; }

// Twice the area of the triangle; > 0 when c lies left of a → b. Exact for anything smaller than a continent.
Wide turn(Node a, Node b, Node c) {
    return static_cast<Wide>(b.x - a.x) * (c.y - a.y) - static_cast<Wide>(b.y - a.y) * (c.x - a.x);
}
int sign(Wide value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

std::int64_t round_divide(Wide numerator, Wide denominator) {
    if (denominator < 0) numerator = -numerator, denominator = -denominator;
    const Wide twice = 2 * numerator + (numerator >= 0 ? denominator : -denominator);
    return static_cast<std::int64_t>(twice / (2 * denominator));
}

bool is_between(Node a, Node b, Node c) {
    return c.x >= std::min(a.x, b.x) && c.x <= std::max(a.x, b.x) && c.y >= std::min(a.y, b.y) && c.y <= std::max(a.y, b.y);
}

// Where two pieces of line meet, as points of the grid; of two that lie upon each other the ends within.
std::vector<Node> meetings(const Edge& one, const Edge& other) {
    const auto& [a, b] = one;
    const auto& [c, d] = other;
    if (std::max(a.x, b.x) < std::min(c.x, d.x) || std::max(c.x, d.x) < std::min(a.x, b.x) || std::max(a.y, b.y) < std::min(c.y, d.y) || std::max(c.y, d.y) < std::min(a.y, b.y)) return {};
    std::vector<Node> found;
    const auto take = [&](Node node, int side, const Edge& on) {
        if (side == 0 && is_between(on.first, on.second, node)) found.push_back(node);
    };
    const auto abc = turn(a, b, c), abd = turn(a, b, d), cda = turn(c, d, a), cdb = turn(c, d, b);
    take(c, sign(abc), one);
    take(d, sign(abd), one);
    take(a, sign(cda), other);
    take(b, sign(cdb), other);
    if (!found.empty() || sign(abc) == sign(abd) || sign(cda) == sign(cdb)) return found;
    // a + (b − a) · cda / (cda − cdb)
    const auto whole = cda - cdb;
    return {{a.x + round_divide(cda * (b.x - a.x), whole), a.y + round_divide(cda * (b.y - a.y), whole)}};
}

Chain to_chain(const Line& line) {
    Chain chain;
    for (const auto point : line)
        if (const auto node = to_node(point); chain.empty() || chain.back() != node) chain.push_back(node);
    return chain;
}

// Rings without the point that closes them.
std::vector<Chain> rings_of(const Polygon& polygon) {
    std::vector<Chain> rings;
    for (const auto& ring : normalise(polygon).rings) {
        auto chain = to_chain(ring);
        while (chain.size() > 1 && chain.front() == chain.back()) chain.pop_back();
        if (chain.size() >= 3) rings.push_back(std::move(chain));
    }
    return rings;
}

Polygon to_polygon(const std::vector<Chain>& rings) {
    Polygon polygon;
    for (const auto& chain : rings) {
        Ring ring;
        for (const auto node : chain) ring.push_back(to_point(node));
        ring.push_back(ring.front());
        polygon.rings.push_back(std::move(ring));
    }
    return polygon;
}

Wide area2(const Chain& ring) {
    Wide sum = 0;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const auto& a = ring[i];
        const auto& b = ring[(i + 1) % ring.size()];
        sum += static_cast<Wide>(a.x - ring[0].x) * (b.y - ring[0].y) - static_cast<Wide>(b.x - ring[0].x) * (a.y - ring[0].y);
    }
    return sum;
}

// Counted at twice the coordinates so that middles of edges are whole.
bool holds(const std::vector<Chain>& rings, Node twice) {
    bool is_inside = false;
    for (const auto& ring : rings)
        for (std::size_t i = 0; i < ring.size(); ++i) {
            const Node a{2 * ring[i].x, 2 * ring[i].y}, b{2 * ring[(i + 1) % ring.size()].x, 2 * ring[(i + 1) % ring.size()].y};
            if ((a.y > twice.y) == (b.y > twice.y)) continue;
            const auto side = sign(turn(a, b, twice));
            if ((b.y > a.y) == (side > 0)) is_inside = !is_inside;
        }
    return is_inside;
}

// Directed edges → closed rings that keep the inside on their left; at a point where several meet they touch but never cross.
class Tracer {
public:
    explicit Tracer(const std::set<Edge>& edges) {
        for (const auto& [from, to] : edges) leaving_[from].push_back(to);
        left_ = edges;
    }

    std::optional<std::vector<Chain>> run() {
        std::vector<Chain> rings;
        while (!left_.empty()) {
            auto [from, to] = *left_.begin();
            Chain ring;
            const Edge first{from, to};
            for (Edge at = first;;) {
                if (left_.erase(at) == 0) return std::nullopt;
                ring.push_back(at.first);
                const auto next = next_of(at);
                if (!next) return std::nullopt;
                if (*next == first) break;
                at = *next;
            }
            rings.push_back(std::move(ring));
        }
        return rings;
    }

private:
    std::optional<Edge> next_of(const Edge& edge) const {
        const auto found = leaving_.find(edge.second);
        if (found == leaving_.end()) return std::nullopt;
        const Node at = edge.second, back = edge.first;
        const Node* best = nullptr;
        for (const auto& to : found->second) {
            if (to == back && found->second.size() > 1) continue;
            if (best == nullptr || is_before(at, back, to, *best)) best = &to;
        }
        return best == nullptr ? std::nullopt : std::optional(Edge{at, *best});
    }
    // With the inside on the left the way goes on by the first edge clockwise from where it came.
    static int half(Node at, Node back, Node to) {
        const auto side = turn(at, back, to);
        if (side != 0) return side < 0 ? 0 : 1; // clockwise half first
        const auto along = static_cast<Wide>(back.x - at.x) * (to.x - at.x) + static_cast<Wide>(back.y - at.y) * (to.y - at.y);
        return along > 0 ? 2 : 1; // straight on lies between the halves
    }
    static bool is_before(Node at, Node back, Node one, Node other) {
        const int a = half(at, back, one), b = half(at, back, other);
        if (a != b) return a < b;
        return turn(at, one, other) < 0;
    }

    std::map<Node, std::vector<Node>> leaving_;
    std::set<Edge> left_;
};

// Outer rings with the holes that lie in them.
std::optional<std::vector<Polygon>> to_areas(const std::vector<Chain>& rings) {
    std::vector<std::vector<Chain>> areas;
    for (const auto& ring : rings)
        if (area2(ring) > 0) areas.push_back({ring});
    for (const auto& ring : rings) {
        if (area2(ring) >= 0) continue;
        std::vector<Chain>* home = nullptr;
        for (auto& area : areas) {
            const std::vector<Chain> outer{area.front()};
            const Node middle{ring[0].x + ring[1].x, ring[0].y + ring[1].y};
            // Cuts that touch no border leave an island and around it a hole of the same corners: it is not its own home.
            if (area2(area.front()) > -area2(ring) && holds(outer, middle) && (home == nullptr || area2(area.front()) < area2(home->front()))) home = &area;
        }
        if (home == nullptr) return std::nullopt;
        home->push_back(ring);
    }
    std::vector<Polygon> polygons;
    for (const auto& area : areas) {
        auto polygon = to_polygon(area);
        if (find_shape_fault(polygon)) return std::nullopt;
        polygons.push_back(std::move(polygon));
    }
    return polygons;
}

struct Piece {
    Edge edge;
    std::vector<Node> stops; // put into it
    bool is_border = false;
};

std::vector<Node> ordered_stops(const Piece& piece) {
    auto stops = piece.stops;
    const auto far = [&](Node node) { return static_cast<Wide>(node.x - piece.edge.first.x) * (piece.edge.second.x - piece.edge.first.x) + static_cast<Wide>(node.y - piece.edge.first.y) * (piece.edge.second.y - piece.edge.first.y); };
    std::ranges::sort(stops, [&](Node a, Node b) { return far(a) < far(b); });
    stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
    std::erase_if(stops, [&](Node node) { return node == piece.edge.first || node == piece.edge.second; });
    return stops;
}

std::vector<Piece> pieces_of(const std::vector<Chain>& rings, const std::vector<Line>& lines) {
    std::vector<Piece> pieces;
    for (const auto& ring : rings)
        for (std::size_t i = 0; i < ring.size(); ++i) pieces.push_back({{ring[i], ring[(i + 1) % ring.size()]}, {}, true});
    for (const auto& line : lines) {
        const auto chain = to_chain(line);
        for (std::size_t i = 0; i + 1 < chain.size(); ++i) pieces.push_back({{chain[i], chain[i + 1]}, {}, false});
    }
    return pieces;
}

// What leads nowhere parts nothing.
void drop_dead_ends(std::set<Edge>& cuts, const std::set<Node>& border) {
    std::map<Node, int> degree;
    for (const auto& [from, to] : cuts) ++degree[from];
    for (bool has_dropped = true; has_dropped;) {
        has_dropped = false;
        for (auto at = cuts.begin(); at != cuts.end();) {
            const auto [from, to] = *at;
            if (degree[to] == 1 && !border.contains(to)) {
                --degree[from], --degree[to];
                cuts.erase({to, from});
                at = cuts.erase(cuts.find({from, to}));
                has_dropped = true;
            } else {
                ++at;
            }
        }
    }
}

} // namespace

Point to_whole(Point point) { return to_point(to_node(point)); }

Polygon to_whole(const Polygon& area) { return to_polygon(rings_of(area)); }

std::optional<Cut> cut(const Polygon& area, const std::vector<Line>& lines) {
    const auto rings = rings_of(area);
    if (rings.empty()) return std::nullopt;
    auto pieces = pieces_of(rings, lines);
    for (std::size_t i = 0; i < pieces.size(); ++i)
        for (std::size_t j = i + 1; j < pieces.size(); ++j) {
            if (pieces[i].is_border && pieces[j].is_border) continue;
            for (const auto node : meetings(pieces[i].edge, pieces[j].edge)) {
                pieces[i].stops.push_back(node);
                pieces[j].stops.push_back(node);
            }
        }
    Cut result;
    std::set<Edge> edges, cuts;
    std::set<Node> border;
    for (const auto& piece : pieces) {
        const auto stops = ordered_stops(piece);
        Node from = piece.edge.first;
        for (std::size_t i = 0; i <= stops.size(); ++i) {
            const Node to = i < stops.size() ? stops[i] : piece.edge.second;
            if (piece.is_border) {
                edges.insert({from, to});
                border.insert(from);
                if (i < stops.size()) result.corners.push_back({to_point(piece.edge.first), to_point(piece.edge.second), to_point(to)});
            } else if (holds(rings, {from.x + to.x, from.y + to.y})) {
                cuts.insert({from, to});
                cuts.insert({to, from});
            }
            from = to;
        }
    }
    // A cut along the border is none.
    std::erase_if(cuts, [&](const Edge& edge) { return edges.contains(edge) || edges.contains({edge.second, edge.first}); });
    drop_dead_ends(cuts, border);
    edges.insert(cuts.begin(), cuts.end());
    const auto traced = Tracer(edges).run();
    if (!traced) return std::nullopt;
    auto areas = to_areas(*traced);
    if (!areas || areas->empty()) return std::nullopt;
    result.pieces = std::move(*areas);
    if (result.pieces.size() == 1) return Cut{{to_polygon(rings)}, {}};
    return result;
}

Polygon with_corners(const Polygon& area, const std::vector<NewCorner>& corners) {
    std::map<Edge, Piece> pieces;
    for (const auto& corner : corners) {
        const Edge edge{to_node(corner.before), to_node(corner.after)};
        auto& forth = pieces[edge];
        forth.edge = edge;
        forth.stops.push_back(to_node(corner.corner));
        const Edge turned{edge.second, edge.first};
        auto& back = pieces[turned];
        back.edge = turned;
        back.stops.push_back(to_node(corner.corner));
    }
    std::vector<Chain> rings;
    for (const auto& ring : rings_of(area)) {
        Chain fuller;
        for (std::size_t i = 0; i < ring.size(); ++i) {
            fuller.push_back(ring[i]);
            if (const auto found = pieces.find({ring[i], ring[(i + 1) % ring.size()]}); found != pieces.end())
                for (const auto stop : ordered_stops(found->second)) fuller.push_back(stop);
        }
        rings.push_back(std::move(fuller));
    }
    return to_polygon(rings);
}

std::optional<Polygon> join(const std::vector<Polygon>& areas) {
    std::set<Edge> edges;
    for (const auto& area : areas)
        for (const auto& ring : rings_of(area))
            for (std::size_t i = 0; i < ring.size(); ++i) {
                const Edge edge{ring[i], ring[(i + 1) % ring.size()]};
                if (edges.erase({edge.second, edge.first}) > 0) continue;
                if (!edges.insert(edge).second) return std::nullopt; // the same edge twice: they overlap
            }
    const auto traced = Tracer(edges).run();
    if (!traced) return std::nullopt;
    auto joined = to_areas(*traced);
    return joined && joined->size() == 1 ? std::optional(std::move(joined->front())) : std::nullopt;
}

Polygon with_moved_corner(const Polygon& area, Point from, Point to) {
    auto rings = rings_of(area);
    const auto old = to_node(from), fresh = to_node(to);
    for (auto& ring : rings) std::ranges::replace(ring, old, fresh);
    return to_polygon(rings);
}

// --- proposals --------------------------------------------------------------------------------------

namespace {

// Metres from a corner, so that lengths and directions mean something.
struct Plane {
    explicit Plane(Point origin_in) : origin(origin_in), per_lon(111'320 * std::cos(origin_in.lat * 3.14159265358979 / 180)) {}
    std::pair<double, double> metres(Point point) const { return {(point.lon - origin.lon) * per_lon, (point.lat - origin.lat) * 110'950}; }
    Point degrees(double east, double north) const { return {origin.lon + east / per_lon, origin.lat + north / 110'950}; }
    Point origin;
    double per_lon;
};

// Across the longer side of the area, at the place where the shares of both sides are as asked.
std::optional<Cut> halve(const Polygon& area, double share) {
    const Plane plane(area.rings.front().front());
    double mean_x = 0, mean_y = 0;
    std::vector<std::pair<double, double>> points;
    for (const auto point : area.rings.front()) points.push_back(plane.metres(point));
    for (const auto& [x, y] : points) mean_x += x / static_cast<double>(points.size()), mean_y += y / static_cast<double>(points.size());
    double xx = 0, xy = 0, yy = 0;
    for (const auto& [x, y] : points) xx += (x - mean_x) * (x - mean_x), xy += (x - mean_x) * (y - mean_y), yy += (y - mean_y) * (y - mean_y);
    const double along = 0.5 * std::atan2(2 * xy, xx - yy), ux = std::cos(along), uy = std::sin(along);
    double least = 1e12, most = -1e12;
    for (const auto& [x, y] : points) least = std::min(least, x * ux + y * uy), most = std::max(most, x * ux + y * uy);
    const auto line_at = [&](double at) {
        const double reach = 2 * (most - least) + 100;
        return Line{plane.degrees(at * ux - reach * -uy, at * uy - reach * ux), plane.degrees(at * ux + reach * -uy, at * uy + reach * ux)};
    };
    const double whole = area_m2(area);
    double low = least, high = most;
    std::optional<Cut> best;
    for (int round = 0; round < 24; ++round) {
        const double at = (low + high) / 2;
        const auto made = cut(area, {line_at(at)});
        double below = 0;
        if (made && made->pieces.size() > 1)
            for (const auto& piece : made->pieces) {
                const auto [x, y] = plane.metres(centroid(piece));
                if (x * ux + y * uy < at) below += area_m2(piece);
            }
        if (made && made->pieces.size() > 1) best = made;
        (below < share * whole ? low : high) = at;
        if (best && std::fabs(below - share * whole) < 0.01 * whole) break;
    }
    return best;
}

double common_border_m(const Polygon& one, const Polygon& other) {
    std::set<Edge> edges;
    for (const auto& ring : rings_of(one))
        for (std::size_t i = 0; i < ring.size(); ++i) edges.insert({ring[(i + 1) % ring.size()], ring[i]});
    double metres = 0;
    for (const auto& ring : rings_of(other))
        for (std::size_t i = 0; i < ring.size(); ++i)
            if (edges.contains({ring[i], ring[(i + 1) % ring.size()]})) metres += distance_m(to_point(ring[i]), to_point(ring[(i + 1) % ring.size()]));
    return metres;
}

void put_corners(std::vector<Polygon>& areas, const std::vector<NewCorner>& corners) {
    if (!corners.empty())
        for (auto& area : areas) area = with_corners(area, corners);
}

// The largest piece first, until none is too large.
void part_large(std::vector<Polygon>& cells, const DivisionRules& rules) {
    std::vector<Polygon> done;
    while (!cells.empty()) {
        auto area = std::move(cells.back());
        cells.pop_back();
        const auto size = area_m2(area);
        const auto parts = std::max(2.0, std::round(size / rules.usual_m2));
        const auto made = size > rules.most_m2 ? halve(area, std::floor(parts / 2) / parts) : std::nullopt;
        if (!made) {
            done.push_back(std::move(area));
            continue;
        }
        put_corners(cells, made->corners);
        put_corners(done, made->corners);
        cells.insert(cells.end(), made->pieces.begin(), made->pieces.end());
    }
    cells = std::move(done);
}

void join_small(std::vector<Polygon>& cells, const DivisionRules& rules) {
    for (;;) {
        std::ranges::sort(cells, {}, [](const Polygon& cell) { return area_m2(cell); });
        bool has_joined = false;
        for (std::size_t i = 0; i < cells.size() && !has_joined && area_m2(cells[i]) < rules.least_m2; ++i) {
            std::vector<std::pair<double, std::size_t>> beside; // longest common border first
            for (std::size_t j = 0; j < cells.size(); ++j)
                if (const auto metres = j == i ? 0 : common_border_m(cells[i], cells[j]); metres > 0) beside.emplace_back(-metres, j);
            std::ranges::sort(beside);
            for (const auto& [metres, j] : beside) {
                if (area_m2(cells[i]) + area_m2(cells[j]) > rules.most_m2) continue;
                const auto joined = join({cells[i], cells[j]});
                if (!joined) continue;
                cells[j] = *joined;
                cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(i));
                has_joined = true;
                break;
            }
        }
        if (!has_joined) return;
    }
}

} // namespace

namespace {

// What cuts have put into the area's border, walking along the cells' common outline from corner to corner.
std::vector<NewCorner> corners_between(const Polygon& area, const std::vector<Polygon>& cells) {
    std::set<Edge> edges;
    for (const auto& cell : cells)
        for (const auto& ring : rings_of(cell))
            for (std::size_t i = 0; i < ring.size(); ++i)
                if (const Edge edge{ring[i], ring[(i + 1) % ring.size()]}; edges.erase({edge.second, edge.first}) == 0) edges.insert(edge);
    std::map<Node, Node> next;
    for (const auto& [from, to] : edges) next[from] = to;
    std::vector<NewCorner> corners;
    for (const auto& ring : rings_of(area))
        for (std::size_t i = 0; i < ring.size(); ++i) {
            const Node before = ring[i], after = ring[(i + 1) % ring.size()];
            std::size_t steps = 0;
            for (auto at = next.find(before); at != next.end() && at->second != after && steps < edges.size(); at = next.find(at->second), ++steps)
                corners.push_back({to_point(before), to_point(after), to_point(at->second)});
        }
    return corners;
}

} // namespace

Division propose_division(const Polygon& area, const std::vector<Line>& streets, const DivisionRules& rules) {
    std::vector<Polygon> cells{to_whole(area)};
    if (const auto parted = cut(cells.front(), streets)) cells = parted->pieces;
    else
        // Together they come too close somewhere: one after the other, without those that do.
        for (const auto& street : streets)
            for (std::size_t i = cells.size(); i-- > 0;) {
                const auto parted_one = cut(cells[i], {street});
                if (!parted_one || parted_one->pieces.size() < 2) continue;
                cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(i));
                put_corners(cells, parted_one->corners);
                cells.insert(cells.end(), parted_one->pieces.begin(), parted_one->pieces.end());
            }
    part_large(cells, rules);
    join_small(cells, rules);
    auto corners = corners_between(to_whole(area), cells);
    return {std::move(cells), std::move(corners)};
}

} // namespace chengge::geo
