#include "http/certificate.hpp"

#include <ctime>
#include <memory>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/csv.hpp"

namespace chengge::http {

namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> open_text(const std::string& text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key that wants a passphrase is refused: nobody is there to type it when the server restarts.
int no_passphrase(char*, int, int, void*) { return -1; }

std::int64_t instant_of(const ASN1_TIME* time) {
    std::tm civil{};
    if (ASN1_TIME_to_tm(time, &civil) != 1) return 0;
    return static_cast<std::int64_t>(timegm(&civil)) * 1000;
}

std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> names;
    const Owned<GENERAL_NAMES> list(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(list.get(), i);
        if (name->type == GEN_DNS) {
            const auto* text = name->d.dNSName;
            names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
        } else if (name->type == GEN_IPADD) {
            const auto* address = name->d.iPAddress;
            char text[INET6_ADDRSTRLEN] = "";
            inet_ntop(ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6,
                      ASN1_STRING_get0_data(address), text, sizeof text);
            names.emplace_back(text);
        }
    }
    return names;
}

} // namespace

Result<CertificateFacts> read_certificate(const std::string& certificate_file,
                                          const std::string& key_file) {
    // A memory BIO reads the text where it lies.
    const auto certificate_text = load_file(certificate_file).value_or("");
    const auto certificate_bio = open_text(certificate_text);
    const Owned<X509> certificate(
        PEM_read_bio_X509(certificate_bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) return fail("certificate_unreadable", {{"file", certificate_file}});
    const auto key_text = load_file(key_file).value_or("");
    const auto key_bio = open_text(key_text);
    const Owned<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr));
    if (!key) return fail("certificate_key_unreadable", {{"file", key_file}});
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        return fail("certificate_key_other", {{"file", key_file}});
    CertificateFacts facts;
    char subject[512] = "";
    X509_NAME_oneline(X509_get_subject_name(certificate.get()), subject, sizeof subject);
    facts.subject = subject;
    facts.names = names_of(certificate.get());
    facts.from_ms = instant_of(X509_get0_notBefore(certificate.get()));
    facts.until_ms = instant_of(X509_get0_notAfter(certificate.get()));
    return facts;
}

} // namespace chengge::http
