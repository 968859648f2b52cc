#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/base/wire.h"
#include "tharsis/types/dtype.h"
#include "tharsis/types/label.h"
#include "tharsis/types/scalar.h"

namespace tharsis {

/// Walks the fields of an attribute struct, each by its name. A struct writes the list once,
///   struct VarAttrs { int64_t ddof = 0; void fields(Fields& f) { f("ddof", ddof); } };
/// and gets equality, hash, wire form, explain and its Python keywords from it.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void operator()(std::string_view name, T& value) {
    if constexpr (std::is_enum_v<T>) {
      int64_t number = static_cast<int64_t>(value);
      leaf(name, number);
      value = static_cast<T>(number);
    } else if constexpr (std::is_same_v<T, uint32_t> || std::is_same_v<T, int32_t>) {
      int64_t number = value;
      leaf(name, number);
      value = static_cast<T>(number);
    } else if constexpr (requires { value.fields(*this); }) {
      begin_struct(name);
      value.fields(*this);
      end_struct();
    } else {
      leaf(name, value);
    }
  }
  template <class T>
  void operator()(std::string_view name, std::vector<T>& values) {
    values.resize(begin_list(name, values.size()));
    for (T& value : values) (*this)({}, value);
    end_list();
  }

 protected:
  virtual void leaf(std::string_view name, bool& value) = 0;
  virtual void leaf(std::string_view name, int64_t& value) = 0;
  virtual void leaf(std::string_view name, double& value) = 0;
  virtual void leaf(std::string_view name, std::string& value) = 0;
  virtual void leaf(std::string_view name, Label& value) = 0;
  virtual void leaf(std::string_view name, DType& value) = 0;
  virtual void leaf(std::string_view name, Scalar& value) = 0;
  /// Answers the length the list shall have: that of the struct, or what a reader found.
  virtual size_t begin_list(std::string_view name, size_t size) = 0;
  virtual void end_list() {}
  virtual void begin_struct(std::string_view) {}
  virtual void end_struct() {}
};

/// Writes the fields in the wire form; floats as bits, so that the bytes are an identity.
class FieldEncoder final : public Fields {
 public:
  std::string take() { return out_.take(); }

 protected:
  void leaf(std::string_view, bool& value) override { out_.put(value); }
  void leaf(std::string_view, int64_t& value) override { out_.put(value); }
  void leaf(std::string_view, double& value) override { out_.put(value); }
  void leaf(std::string_view, std::string& value) override { out_.put_string(value); }
  void leaf(std::string_view, Label& value) override { put_label(out_, value); }
  void leaf(std::string_view, DType& value) override { put_dtype(out_, value); }
  void leaf(std::string_view, Scalar& value) override { put_scalar(out_, value); }
  size_t begin_list(std::string_view, size_t size) override {
    out_.put<uint64_t>(size);
    return size;
  }

 private:
  WireWriter out_;
};

class FieldDecoder final : public Fields {
 public:
  explicit FieldDecoder(std::string_view bytes) : in_(bytes) {}

 protected:
  void leaf(std::string_view, bool& value) override { value = in_.get<bool>(); }
  void leaf(std::string_view, int64_t& value) override { value = in_.get<int64_t>(); }
  void leaf(std::string_view, double& value) override { value = in_.get<double>(); }
  void leaf(std::string_view, std::string& value) override { value = in_.get_string(); }
  void leaf(std::string_view, Label& value) override { value = get_label(in_); }
  void leaf(std::string_view, DType& value) override { value = get_dtype(in_); }
  void leaf(std::string_view, Scalar& value) override { value = get_scalar(in_); }
  size_t begin_list(std::string_view, size_t) override { return in_.get_count(); }

 private:
  WireReader in_;
};

/// Writes "ddof=1, axes=[0, 1]", for explain and messages.
class FieldPrinter final : public Fields {
 public:
  std::string take() { return std::move(text_); }

 protected:
  void leaf(std::string_view name, bool& value) override { put(name, value ? "True" : "False"); }
  void leaf(std::string_view name, int64_t& value) override { put(name, std::to_string(value)); }
  void leaf(std::string_view name, double& value) override { put(name, fmt::format("{}", value)); }
  void leaf(std::string_view name, std::string& value) override { put(name, value); }
  void leaf(std::string_view name, Label& value) override { put(name, label_text(value)); }
  void leaf(std::string_view name, DType& value) override { put(name, value.name()); }
  void leaf(std::string_view name, Scalar& value) override { put(name, value.text()); }
  size_t begin_list(std::string_view name, size_t size) override {
    put(name, "[");
    first_ = true;
    return size;
  }
  void end_list() override {
    text_ += "]";
    first_ = false;
  }
  void begin_struct(std::string_view name) override {
    put(name, "(");
    first_ = true;
  }
  void end_struct() override {
    text_ += ")";
    first_ = false;
  }

 private:
  void put(std::string_view name, std::string_view value) {
    if (!first_) text_ += ", ";
    first_ = false;
    if (!name.empty()) text_.append(name).append("=");
    text_ += value;
  }
  std::string text_;
  bool first_ = true;
};

/// The attributes of a call: a struct with a list of fields, encoded once.
class Attrs {
 public:
  Attrs() = default;
  template <class T>
    requires requires(T fields, Fields& f) { fields.fields(f); }
  Attrs(T fields) {  // NOLINT: a struct of attributes is its Attrs
    FieldEncoder encoder;
    fields.fields(encoder);
    bytes_ = std::make_shared<const std::string>(encoder.take());
    value_ = std::make_shared<const T>(std::move(fields));
  }
  template <class T>
  const T& as() const {
    return *static_cast<const T*>(value_.get());
  }
  /// The identity of the attributes.
  std::string_view bytes() const { return bytes_ ? std::string_view(*bytes_) : std::string_view(); }

 private:
  std::shared_ptr<const void> value_;
  Ref<std::string> bytes_;
};

}  // namespace tharsis
