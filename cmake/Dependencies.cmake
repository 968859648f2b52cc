find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(hwy 1.0 REQUIRED)
find_package(Snappy REQUIRED)
find_library(THARSIS_SLEEF_LIBRARY sleef REQUIRED)
add_library(tharsis_sleef INTERFACE)
target_link_libraries(tharsis_sleef INTERFACE ${THARSIS_SLEEF_LIBRARY})
if(THARSIS_TESTS)
  find_package(GTest REQUIRED)
endif()
if(THARSIS_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

# Arrow and OpenBLAS come with wheels: the interpreter tells where.
set(Python_FIND_VIRTUALENV FIRST)
find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)

function(ask_python out code)
  execute_process(COMMAND ${Python_EXECUTABLE} -P -c "${code}" OUTPUT_VARIABLE answer
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${out} ${answer} PARENT_SCOPE)
endfunction()

ask_python(THARSIS_ARROW_DIR
  "import importlib.util as u, os; print(os.path.dirname(u.find_spec('pyarrow').origin))")
file(GLOB arrow_library ${THARSIS_ARROW_DIR}/libarrow.so.*)
file(GLOB arrow_compute_library ${THARSIS_ARROW_DIR}/libarrow_compute.so.*)
file(GLOB parquet_library ${THARSIS_ARROW_DIR}/libparquet.so.*)
add_library(tharsis_arrow INTERFACE)
target_include_directories(tharsis_arrow SYSTEM INTERFACE ${THARSIS_ARROW_DIR}/include)
target_link_libraries(tharsis_arrow INTERFACE ${arrow_library} ${arrow_compute_library} ${parquet_library})

ask_python(THARSIS_OPENBLAS_DIR "import scipy_openblas32 as o; print(o.get_lib_dir())")
ask_python(THARSIS_OPENBLAS_INCLUDE "import scipy_openblas32 as o; print(o.get_include_dir())")
add_library(tharsis_openblas INTERFACE)
target_include_directories(tharsis_openblas SYSTEM INTERFACE ${THARSIS_OPENBLAS_INCLUDE})
target_link_libraries(tharsis_openblas INTERFACE ${THARSIS_OPENBLAS_DIR}/libscipy_openblas.so)
