# docker build -t pystamps .
# docker run --rm -v "$PWD:/data" --user "$(id -u):$(id -g)" pystamps run --dataset /data/INSAR_20180624
FROM python:3.13-slim-bookworm AS build
COPY . /source
RUN python -m venv /opt/pystamps \
    && /opt/pystamps/bin/pip install --no-cache-dir -c /source/envs/constraints.txt "/source[geo]"

FROM python:3.13-slim-bookworm
COPY --from=build /opt/pystamps /opt/pystamps
# Compiled kernels and caches of Snakemake lie in a home that any user may write into: the results
# belong to who runs the container (--user).
ENV PATH=/opt/pystamps/bin:$PATH HOME=/home/pystamps
RUN install -d -m 1777 /home/pystamps
WORKDIR /data
USER 1000:1000
ENTRYPOINT ["pystamps"]
CMD ["--help"]
