#include "outgoing/outgoing.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace chengge::outgoing {

namespace {

constexpr long connect_seconds = 10;

// Starts libcurl once, before any thread of ours uses it.
struct CurlLibrary {
    CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

class List {
public:
    void add(const std::string& line) { list_.reset(curl_slist_append(list_.release(), line.c_str())); }
    curl_slist* get() const { return list_.get(); }

private:
    std::unique_ptr<curl_slist, FreeList> list_;
};

// What goes out and what comes in of one exchange.
struct Exchange {
    std::string_view out;
    std::size_t taken = 0;
    std::string in;
    std::size_t received = 0, kept_most = 64 * 1024, received_most = 1024 * 1024;
    const http::AddressList* permitted = nullptr; // set: only these and public addresses
    bool was_closed_off = false;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* to) {
    auto& exchange = *static_cast<Exchange*>(to);
    const auto length = std::min(size * count, exchange.out.size() - exchange.taken);
    std::copy_n(exchange.out.data() + exchange.taken, length, buffer);
    exchange.taken += length;
    return length;
}

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& exchange = *static_cast<Exchange*>(to);
    const auto length = size * count;
    exchange.received += length;
    if (exchange.in.size() < exchange.kept_most) exchange.in.append(bytes, std::min(length, exchange.kept_most - exchange.in.size()));
    return exchange.received > exchange.received_most ? 0 : length;
}

// Looked at when the name has been resolved and the connection is about to be opened: nothing is between the look and the use.
curl_socket_t open_socket(void* to, curlsocktype, curl_sockaddr* place) {
    auto& exchange = *static_cast<Exchange*>(to);
    char text[INET6_ADDRSTRLEN] = "";
    if (place->family == AF_INET) inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&place->addr)->sin_addr, text, sizeof text);
    else if (place->family == AF_INET6) inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&place->addr)->sin6_addr, text, sizeof text);
    if (is_inner_address(text) && !exchange.permitted->contains(text)) {
        exchange.was_closed_off = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(place->family, place->socktype | SOCK_CLOEXEC, place->protocol);
}

std::unique_ptr<CURL, FreeHandle> make_handle(Exchange& exchange, const std::string& url, const char* protocols, const std::string& ca_file, int seconds) {
    static const CurlLibrary library;
    std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
    if (!handle) throw std::bad_alloc();
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, protocols);
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, ""); // of the environment: not meant for these
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT, connect_seconds);
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(seconds));
    curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, give);
    curl_easy_setopt(handle.get(), CURLOPT_READDATA, &exchange);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &exchange);
    if (!ca_file.empty()) curl_easy_setopt(handle.get(), CURLOPT_CAINFO, ca_file.c_str());
    if (exchange.permitted != nullptr) {
        curl_easy_setopt(handle.get(), CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(handle.get(), CURLOPT_OPENSOCKETDATA, &exchange);
    }
    return handle;
}

std::string reason_of(CURLcode code) {
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_USE_SSL_FAILED: return "tls";
        case CURLE_LOGIN_DENIED: return "sign_in";
        default: return "connect";
    }
}

} // namespace

HttpAnswered exchange_http(const HttpSending& sending) {
    Exchange exchange;
    exchange.permitted = sending.permitted;
    exchange.kept_most = sending.kept_most;
    exchange.received_most = sending.received_most;
    const auto handle = make_handle(exchange, sending.url, "http,https", sending.ca_file, sending.seconds);
    if (sending.method != "GET") {
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sending.body.size()));
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, sending.body.c_str());
    }
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, sending.method.c_str());
    List headers;
    for (const auto& header : sending.headers) headers.add(header);
    headers.add("Expect:"); // the body goes at once
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    auto code = curl_easy_perform(handle.get());
    HttpAnswered answered;
    long sent_bytes = 0;
    const char* type = nullptr;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answered.status);
    curl_easy_getinfo(handle.get(), CURLINFO_REQUEST_SIZE, &sent_bytes);
    curl_easy_getinfo(handle.get(), CURLINFO_CONTENT_TYPE, &type);
    // A long answer is broken off by us; its status has been read.
    if (code == CURLE_WRITE_ERROR && answered.status != 0) code = CURLE_OK;
    answered.code = code;
    if (code != CURLE_OK) answered.reason = reason_of(code);
    answered.may_have_left = sent_bytes > 0;
    answered.was_closed_off = exchange.was_closed_off;
    answered.is_whole = exchange.received == exchange.in.size();
    if (type != nullptr) answered.content_type = type;
    answered.body = std::move(exchange.in);
    return answered;
}

MailAnswered hand_over_mail(const MailSending& sending) {
    Exchange exchange;
    exchange.out = sending.letter;
    const auto handle = make_handle(exchange, (sending.security == "tls" ? "smtps://" : "smtp://") + sending.server, "smtp,smtps", sending.ca_file, sending.seconds);
    List receivers;
    receivers.add("<" + sending.to + ">");
    if (sending.security == "starttls") curl_easy_setopt(handle.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!sending.user.empty()) {
        curl_easy_setopt(handle.get(), CURLOPT_USERNAME, sending.user.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_PASSWORD, sending.password.c_str());
    }
    const auto from = "<" + sending.from + ">";
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, receivers.get());
    curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
    const auto code = curl_easy_perform(handle.get());
    MailAnswered answered;
    answered.code = code;
    answered.words = curl_easy_strerror(code);
    if (code != CURLE_OK) answered.reason = reason_of(code);
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answered.status);
    answered.is_whole_out = exchange.taken > 0 && exchange.taken == exchange.out.size();
    return answered;
}

bool is_inner_address(std::string_view address) {
    static const auto inner = *http::AddressList::parse({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
                                                         "::/128", "::1/128", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"});
    return inner.contains(address);
}

} // namespace chengge::outgoing
