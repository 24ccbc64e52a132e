mod detection;
mod injected;
mod localization;
mod m4;
mod quiet;
mod sockshop;
mod tcpd;
