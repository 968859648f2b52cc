#include <arrow/c/abi.h>
#include <nanobind/ndarray.h>

#include <cmath>
#include <mutex>

#include "bindings.h"
#include "tharsis/base/error.h"
#include "tharsis/io/arrow_stream.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/memory/value.h"

namespace tharsis::python {
namespace {

// Python objects whose last holder was one of our values. Values die on any thread, with any lock
// held, so the objects wait here until somebody comes by with the lock of the interpreter.
class Dropped {
 public:
  void add(PyObject* object) {
    const std::lock_guard lock(mutex_);
    objects_.push_back(object);
  }
  void drain() {
    std::vector<PyObject*> objects;
    {
      const std::lock_guard lock(mutex_);
      objects.swap(objects_);
    }
    for (PyObject* object : objects) Py_DECREF(object);
  }

 private:
  std::mutex mutex_;
  std::vector<PyObject*> objects_;  // guarded by mutex_
};

Dropped& dropped() {
  static Dropped* const instance = new Dropped;
  return *instance;
}

std::shared_ptr<const void> owner_of(nb::handle object) {
  dropped().drain();
  object.inc_ref();
  return {object.ptr(), [](PyObject* held) { dropped().add(held); }};
}

enum class Values { kShared, kCopied };

// The values of a C-contiguous NumPy array; shared only where that is safe.
Column column_of(const nb::object& array, const DType& dtype, Values values) {
  const nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu> view =
      nb::cast<nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>>(array);
  const int64_t bytes = static_cast<int64_t>(view.nbytes());
  const auto* data = static_cast<const std::byte*>(view.data());
  Column column;
  column.dtype = dtype;
  if (values == Values::kShared && memory::readable_behind(data + bytes)) {
    column.data = data;
    column.owner = owner_of(array);
    return column;
  }
  auto copy = std::make_shared<memory::Buffer>(bytes);
  if (bytes > 0) std::memcpy(copy->data(), data, bytes);
  column.data = copy->data();
  column.owner = std::move(copy);
  return column;
}

Schema schema_of(const nb::list& labels, const std::vector<DType>& dtypes) {
  Schema schema;
  for (size_t i = 0; i < dtypes.size(); ++i)
    schema.push_back({label_from_python(labels[i]), dtypes[i]});
  return schema;
}

Flavour flavour_of(const std::string& name) {
  if (name == "numpy") return Flavour::kNumpy;
  if (name == "nullable") return Flavour::kNullable;
  require(name == "arrow", ErrorCode::kInvalidArgument, "there is no flavour '{}'", name);
  return Flavour::kArrow;
}

Expr frame_leaf(Schema schema, uint16_t index_levels, bool series, std::vector<Batch> batches) {
  Meta meta = frame_meta(std::move(schema), index_levels, Dim{0}, fresh_key());
  meta.series = series;
  return stored_leaf(memory::frame_value(session().store(), std::move(meta), std::move(batches)));
}

// Keeps `held` as long as the columns: what they share memory with may ask who else looks at it.
void hold(std::vector<Batch>& batches, const nb::object& held) {
  if (held.is_none()) return;
  using Both = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
  const std::shared_ptr<const void> more = owner_of(held);
  for (Batch& batch : batches) {
    for (Column& column : batch.columns)
      column.owner = std::make_shared<const Both>(std::move(column.owner), more);
  }
}

Expr from_arrow(const nb::object& source, const nb::object& labels, uint16_t index_levels,
                bool series, const std::string& flavour, const nb::object& held) {
  const UserLine line;
  const nb::object capsule = source.attr("__arrow_c_stream__")();
  auto* stream =
      static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
  if (stream == nullptr) throw nb::python_error();
  io::ImportedFrame frame = io::import_stream(stream, flavour_of(flavour));
  if (!labels.is_none()) {
    const nb::list given(labels);
    require(nb::len(given) == frame.schema.size(), ErrorCode::kInvalidArgument,
            "from_arrow: {} labels for {} columns", nb::len(given), frame.schema.size());
    for (size_t i = 0; i < frame.schema.size(); ++i)
      frame.schema[i].label = label_from_python(given[i]);
  }
  hold(frame.batches, held);
  return frame_leaf(std::move(frame.schema), index_levels, series, std::move(frame.batches));
}

// Columns of equal length from one-dimensional, contiguous NumPy arrays, which stay the user's own:
// what is written to them later is not seen.
Expr from_numpy(const nb::list& arrays, const nb::list& labels, uint16_t index_levels,
                bool series) {
  const UserLine line;
  Batch batch;
  std::vector<DType> dtypes;
  for (nb::handle array : arrays) {
    const nb::object object = nb::borrow(array);
    dtypes.push_back(dtype_from_python(object.attr("dtype")));
    const auto rows = nb::cast<int64_t>(object.attr("size"));
    require(batch.columns.empty() || rows == batch.rows, ErrorCode::kShape,
            "all columns must have one length, got {} and {}", batch.rows, rows);
    batch.rows = rows;
    batch.columns.push_back(column_of(object, dtypes.back(), Values::kCopied));
  }
  std::vector<Batch> batches;
  batches.push_back(std::move(batch));
  return frame_leaf(schema_of(labels, dtypes), index_levels, series, std::move(batches));
}

Expr tensor_from_numpy(const nb::object& array) {
  const UserLine line;
  const DType dtype = dtype_from_python(array.attr("dtype"));
  std::vector<int64_t> shape;
  for (nb::handle length : nb::tuple(array.attr("shape")))
    shape.push_back(nb::cast<int64_t>(length));
  Batch batch;
  batch.rows = nb::cast<int64_t>(array.attr("size"));
  batch.columns.push_back(column_of(array, dtype, Values::kShared));
  auto value = std::make_shared<Value>();
  value->store = &session().store();
  value->add(session().store().put(std::move(batch)));
  value->meta = tensor_meta(dtype, known_shape(shape));
  return stored_leaf(std::move(value));
}

nb::object stream_capsule(const Expr& expr, const std::vector<std::string>& names,
                          bool nan_is_null) {
  Ref<Value> value = run_released({expr})[0];
  auto stream = std::make_unique<ArrowArrayStream>();
  io::export_stream(std::move(value), names, nan_is_null, stream.get());
  PyObject* capsule = PyCapsule_New(stream.get(), "arrow_array_stream", [](PyObject* self) {
    auto* held = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(self, "arrow_array_stream"));
    if (held->release != nullptr) held->release(held);
    delete held;
  });
  if (capsule == nullptr) throw nb::python_error();
  stream.release();
  return nb::steal(capsule);
}

nb::dlpack::dtype numpy_type(const DType& dtype) {
  using Code = nb::dlpack::dtype_code;
  const auto bits = static_cast<uint8_t>(dtype.width() * 8);
  if (dtype.is_bool()) return {static_cast<uint8_t>(Code::Bool), 8, 1};
  if (dtype.is_float()) return {static_cast<uint8_t>(Code::Float), bits, 1};
  if (dtype.is_unsigned()) return {static_cast<uint8_t>(Code::UInt), bits, 1};
  return {static_cast<uint8_t>(Code::Int), bits, 1};
}

// A read-only NumPy array over the bytes of a column, which it keeps alive.
nb::object array_over(const Column& column, const std::vector<int64_t>& shape) {
  struct Held {
    Column column;
  };
  auto* held = new Held{column};
  const nb::capsule owner(held, [](void* p) noexcept { delete static_cast<Held*>(p); });
  std::vector<size_t> sizes(shape.begin(), shape.end());
  nb::ndarray<nb::numpy, nb::ro> array(column.data, sizes.size(), sizes.data(), owner, nullptr,
                                       numpy_type(column.dtype));
  nb::object out = nb::cast(array, nb::rv_policy::reference);
  // NumPy has two types of 64 bits and gives DLPack's the name that its own int64 does not have.
  if (column.dtype.is_integer() && column.dtype.width() == 8)
    out = out.attr("view")(column.dtype.is_signed() ? "int64" : "uint64");
  return out;
}

// Whether a row of a field is missing by a cleared bit.
bool has_gaps(const Value& value, size_t field) {
  for (const auto& chunk : value.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    const Column& column = pin->columns[field];
    if (column.validity == nullptr) continue;
    for (int64_t i = 0; i < pin->rows; ++i) {
      if (!column.valid(i)) return true;
    }
  }
  return false;
}

// Whole numbers as doubles, NaN where one is missing.
template <class T>
void widen(const Column& column, int64_t rows, double* out) {
  const auto* values = column.values<T>();
  for (int64_t i = 0; i < rows; ++i) {
    out[i] = column.valid(i) ? static_cast<double>(values[i]) : std::nan("");
  }
}

void widen_any(const Column& column, int64_t rows, double* out) {
  switch (column.dtype.id) {
    case TypeId::kInt8:
      return widen<int8_t>(column, rows, out);
    case TypeId::kInt16:
      return widen<int16_t>(column, rows, out);
    case TypeId::kInt32:
      return widen<int32_t>(column, rows, out);
    case TypeId::kUInt8:
      return widen<uint8_t>(column, rows, out);
    case TypeId::kUInt16:
      return widen<uint16_t>(column, rows, out);
    case TypeId::kUInt32:
      return widen<uint32_t>(column, rows, out);
    case TypeId::kUInt64:
      return widen<uint64_t>(column, rows, out);
    default:
      return widen<int64_t>(column, rows, out);
  }
}

// One field of a frame, or a tensor, as a NumPy array: not copied where it is one flat chunk. Whole
// numbers of which some are missing come as float64 with NaN, as pandas has them. Text is not for
// this function. Times come as int64, categories as codes.
nb::object to_numpy(const Expr& expr, size_t field) {
  const Ref<Value> value = run_released({expr})[0];
  const bool tensor = value->meta.kind == Kind::kTensor;
  std::vector<int64_t> shape{value->rows()};
  if (tensor) shape = *sizes_if_known(value->meta);
  DType dtype = tensor ? value->meta.dtype : value->meta.field(field).dtype;
  require(!dtype.is_string(), ErrorCode::kInternal, "to_numpy: text");
  const bool gaps = dtype.is_integer() && has_gaps(*value, field);
  if (value->chunks.size() == 1 && !gaps) {
    const memory::Pin pin = value->chunks[0]->store().pin(value->chunks[0]);
    const Column& column = pin->columns[field];
    return array_over(
        column.encoding == Encoding::kFlat ? column : memory::flatten(column, pin->rows), shape);
  }
  if (gaps) dtype = TypeId::kFloat64;
  auto all = std::make_shared<memory::Buffer>(value->rows() * dtype.width());
  {
    const nb::gil_scoped_release released;
    for (size_t i = 0; i < value->chunks.size(); ++i) {
      const memory::Pin pin = value->chunks[i]->store().pin(value->chunks[i]);
      const Column flat = memory::flatten(pin->columns[field], pin->rows);
      if (gaps) {
        widen_any(flat, pin->rows, all->as<double>() + value->starts[i]);
      } else {
        std::memcpy(all->data() + value->starts[i] * dtype.width(), flat.data,
                    pin->rows * dtype.width());
      }
    }
  }
  Column column;
  column.dtype = dtype;
  column.data = all->data();
  column.owner = std::move(all);
  return array_over(column, shape);
}

}  // namespace

void bind_arrow(nb::module_& m) {
  m.def("from_arrow", &from_arrow, nb::arg("source"), nb::arg("labels") = nb::none(),
        nb::arg("index_levels") = 0, nb::arg("series") = false, nb::arg("flavour") = "numpy",
        nb::arg("held") = nb::none(),
        "A stored frame of an object with __arrow_c_stream__; keeps `held` as long as its memory.");
  m.def("from_numpy", &from_numpy, nb::arg("arrays"), nb::arg("labels"),
        nb::arg("index_levels") = 0, nb::arg("series") = false,
        "A stored frame of copies of one-dimensional contiguous NumPy arrays.");
  m.def("tensor_from_numpy", &tensor_from_numpy, "A stored tensor of a C-contiguous NumPy array.");
  m.def("arrow_stream", &stream_capsule, nb::arg("expr"), nb::arg("names"),
        nb::arg("nan_is_null") = false,
        "The frame as the capsule that __arrow_c_stream__ answers.");
  m.def("to_numpy", &to_numpy, nb::arg("expr"), nb::arg("field") = 0);
}

}  // namespace tharsis::python
